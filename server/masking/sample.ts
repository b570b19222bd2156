import { Refusal } from "../../shared/contract/errors.ts";
import type { Span } from "../protocols/postgres/facts/meaning.ts";
import type { TokenReader } from "./sql-text.ts";

/**
 * The bytes of `TABLESAMPLE method (...) [REPEATABLE (...)]`, found from where its method's name stands: the clause
 * must move into the sub-select.
 */
export function sampleAt(method: number, reader: TokenReader): Span {
  const name = reader.indexFrom(method);
  const keyword = reader.at(name - 1);
  let last = closing(name, reader);
  if (reader.at(last + 1).text.toLowerCase() === "repeatable") last = closing(last + 1, reader);
  if (keyword.text.toLowerCase() !== "tablesample")
    throw new Refusal(
      "masking_refused",
      "TABLESAMPLE cannot be moved to the table whose columns are masked.",
      {
        hint: "Write ORDER BY random() LIMIT n in the place of TABLESAMPLE.",
      },
    );
  return { start: keyword.start, end: reader.at(last).end };
}

/** Index of the token that closes the first parenthesis after `from`. */
function closing(from: number, reader: TokenReader): number {
  let depth = 0;
  for (let index = from; reader.at(index).text !== ""; index++) {
    const { text } = reader.at(index);
    if (text === "(") depth++;
    if (text === ")" && --depth === 0) return index;
  }
  return from;
}
