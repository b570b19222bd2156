import { unquoteWords } from "./quoting.ts";
import type { ShellWord } from "./seam.ts";

/** zsh's names for what bash calls otherwise. */
const kinds: Record<string, string> = { reserved: "keyword", command: "file", hashed: "file", none: "" };
/** What the shell told of names: five quoted words for each. Throws QuotingError. */
export function readWords(payload: string): ShellWord[] {
  const told = unquoteWords(payload);
  return Array.from({ length: Math.ceil(told.length / 5) }, (_, index) => {
    const [name = "", kind = "", alias = "", body = "", path = ""] = told.slice(index * 5, index * 5 + 5);
    return { name, kind: kinds[kind] ?? kind, alias, function: body, path };
  });
}
