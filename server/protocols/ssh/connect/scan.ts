import type { ServerHostKeyAlgorithm } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { SshAddress, SshCredential } from "../../../../shared/nouns/target.ts";
import { hostKeyAlgorithms } from "./algorithms.ts";
import { hostKeyText } from "./host-key.ts";
import type { SshLimits } from "./limits.ts";
import { openRoute } from "./route.ts";

/** A host shows one key at a time: the three kinds that hosts have are asked for one after the other. */
const kinds: readonly (readonly string[])[] = [
  ["ssh-ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  ["ssh-rsa"],
];

/**
 * The keys that a host shows, in `known_hosts` form, the strongest first: first-use capture. It proves nothing about
 * who answers: only for an administrator (the caller checks), who compares the fingerprints with the host's own. The
 * gateway hangs up on seeing a key, so that the host learns no user and no proof; jump hosts have to show theirs.
 * Throws what `connectSsh` throws, where the host shows no key at all.
 */
export async function scanHostKeys(input: {
  address: Pick<SshAddress, "host" | "port" | "jumps">;
  /** For the jump hosts; nothing of it goes to the host itself. */
  credential: Pick<SshCredential, "jumps">;
  limits: SshLimits;
  signal: AbortSignal;
}): Promise<string[]> {
  const { address, limits, signal } = input;
  const found: string[] = [];
  let refused: unknown;
  for (const kind of kinds) {
    const hostKeys = kind.flatMap((type): readonly ServerHostKeyAlgorithm[] => hostKeyAlgorithms[type] ?? []);
    let shown: string | undefined;
    const judge = (key: Buffer) => {
      shown = hostKeyText(key);
      return new Refusal("cancelled", "The key was seen.");
    };
    const credential = { user: "", jumps: input.credential.jumps };
    const last = { hostKeys, judge };
    // It never comes to be open: `judge` refuses every key.
    await openRoute({ address, credential, last, limits, signal }).catch((error: unknown) => {
      refused = error;
    });
    if (shown !== undefined) found.push(shown);
    else if (!noSuchKind(refused)) break;
  }
  if (found.length === 0) throw refused;
  return found;
}

/** Where a host has no key of one kind it may have one of the next; any other refusal would only come again. */
const noSuchKind = (error: unknown): boolean =>
  error instanceof Refusal && error.message.includes("no host key format in common");
