import { canonicalJson } from "../canonical.ts";
import type { Entry } from "../nouns/entry.ts";
import { hex, type Primitives } from "./primitives.ts";

/** Why an entry is not what was written, on its own; undefined where it is. A body that was removed is missed elsewhere. */
export async function entryFault(
  { previous, hash, body, ...hashed }: Entry,
  { sha256 }: Pick<Primitives, "sha256">,
): Promise<string | undefined> {
  const digest = async (text: string) => hex(await sha256(new TextEncoder().encode(text)));
  if (body !== null && (await digest(canonicalJson(body))) !== hashed.bodyHash)
    return "its body does not fit its hash: it is not what was written";
  if ((await digest(previous + canonicalJson(hashed))) !== hash)
    return "its hash does not fit: it is not what was written";
  return undefined;
}
