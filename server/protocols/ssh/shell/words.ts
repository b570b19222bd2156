import { unquoteWords } from "./quoting.ts";
import type { ShellWord, ShellWords } from "./seam.ts";

/** zsh's names for what bash calls otherwise. */
const kinds: Record<string, string> = { reserved: "keyword", command: "file", hashed: "file", none: "" };

/** What the shell told: where it stands, then of each name five quoted words. Throws QuotingError. */
export function readWords(payload: string): Omit<ShellWords, "id"> {
  const [directory = "", ...told] = unquoteWords(payload);
  const words = Array.from({ length: Math.ceil(told.length / 5) }, (_, index): ShellWord => {
    const [name = "", kind = "", alias = "", body = "", path = ""] = told.slice(index * 5, index * 5 + 5);
    return { name, kind: kinds[kind] ?? kind, alias, function: body, path };
  });
  return { directory, words };
}
