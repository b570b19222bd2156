import { unquoteWords } from "./quoting.ts";
import type { ShellWord, ToldWords } from "./seam.ts";

/** What the shell told: where it stands, then of each name four quoted words. */
function wordsOf([directory = "", ...told]: readonly string[]): ToldWords {
  const words = Array.from({ length: Math.ceil(told.length / 4) }, (_, index): ShellWord => {
    const [name = "", alias = "", body = "", path = ""] = told.slice(index * 4, index * 4 + 4);
    return { name, alias, function: body, path };
  });
  return { directory, words };
}

/** The answer to `need`. Throws QuotingError. */
export const readWords = (payload: string): ToldWords => wordsOf(unquoteWords(payload));

/** A question: the line, and what is told with it unasked. Throws QuotingError. */
export function readQuestion(payload: string): { text: string; told: ToldWords } {
  const [text = "", ...told] = unquoteWords(payload);
  return { text, told: wordsOf(told) };
}
