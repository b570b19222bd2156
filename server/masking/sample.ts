import { Refusal } from "../../shared/contract/errors.ts";
import type { RelationSite, Span } from "../protocols/postgres/facts/meaning.ts";
import type { TokenReader } from "./sql-text.ts";
import { offset, open, walk } from "./tree.ts";

/** The bytes of `TABLESAMPLE method (...) [REPEATABLE (...)]` behind a site; the clause must move into the sub-select. */
export function sampleOf(tree: unknown, site: RelationSite, reader: TokenReader): Span | undefined {
  let method: number | undefined;
  walk(tree, (kind, body) => {
    if (kind !== "RangeTableSample") return;
    const sampled = open(body["relation"]);
    const at = sampled === undefined ? -1 : offset(sampled.body);
    if (site.span.start <= at && at < site.span.end) method = offset(body);
  });
  if (method === undefined) return undefined;
  const name = reader.indexFrom(method);
  const keyword = reader.at(name - 1);
  let last = closing(name, reader);
  if (reader.at(last + 1).text.toLowerCase() === "repeatable") last = closing(last + 1, reader);
  if (keyword.text.toLowerCase() !== "tablesample")
    throw new Refusal("masking_refused", "TABLESAMPLE cannot be moved to the masked table.", {
      hint: "Use ORDER BY random() LIMIT n.",
    });
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
