import type { ValueRule } from "../../shared/nouns/catalog.ts";
import { placesOf, type Place } from "./json-paths.ts";
import { hiddenText, maskedText } from "./mask-text.ts";
import { quoteText } from "./sql-text.ts";

const isA = (value: string, type: string): string =>
  `pg_catalog.jsonb_typeof(${value}) OPERATOR(pg_catalog.=) '${type}'`;
const hidden = quoteText(`"${hiddenText}"`);
/** A text as a jsonb string; `to_jsonb` is not immutable, for it reads settings where it is given dates. */
const asString = (text: string): string =>
  `(pg_catalog.jsonb_object(ARRAY['v', ${text}]) OPERATOR(pg_catalog.->) ${textOf("v")})`;

/**
 * A jsonb value with the given paths masked and all else as it is. What is missing or null stays so. Where a document
 * has another shape than a path says (a text or a list where an object should be), everything at that place is hidden.
 */
export const maskedJson = (
  paths: Readonly<Record<string, ValueRule>>,
  source: string,
  key: string,
): string => {
  const at = (value: string, place: Place, depth: number): string => {
    const cases = [`WHEN ${value} IS NULL THEN NULL`, `WHEN ${isA(value, "null")} THEN ${value}`];
    if (place.rule !== undefined) cases.push(...leafCases(place.rule, value, key));
    else {
      if (place.keys.size > 0) {
        const members = [...place.keys].map(([name, below]) => {
          const member = at(`(${value} OPERATOR(pg_catalog.->) ${textOf(name)})`, below, depth);
          // A member that is missing makes NULL of it, and stays missing.
          return ` OPERATOR(pg_catalog.||) COALESCE(pg_catalog.jsonb_set('{}', ARRAY[${textOf(name)}], ${member}), '{}')`;
        });
        cases.push(`WHEN ${isA(value, "object")} THEN ${value}${members.join("")}`);
      }
      if (place.elements !== undefined) {
        const each = `"e${depth}"`;
        const element = at(`${each}."v"`, place.elements, depth + 1);
        // Put together as text: `jsonb_agg` is not immutable.
        const joined = `pg_catalog.string_agg(${element}::pg_catalog.text, ',' ORDER BY ${each}."n")`;
        cases.push(
          `WHEN ${isA(value, "array")} THEN (SELECT ('[' OPERATOR(pg_catalog.||) COALESCE(${joined}, '') OPERATOR(pg_catalog.||) ']')::pg_catalog.jsonb FROM pg_catalog.jsonb_array_elements(${value}) WITH ORDINALITY AS ${each} ("v", "n"))`,
        );
      }
    }
    return `(CASE ${cases.join(" ")} ELSE ${depth === 0 && value === source ? wholeHidden : hidden}::pg_catalog.jsonb END)`;
  };
  return at(source, placesOf(paths), 0);
};

/** A whole document that is hidden. */
export const wholeHidden = `'{"${hiddenText}": "${hiddenText}"}'`;

const textOf = (name: string): string => `${quoteText(name)}::pg_catalog.text`;

/** The branches for a value that is not null; another type than the rule is made for is hidden. */
function leafCases(rule: ValueRule, value: string, key: string): string[] {
  const text = `(${value} OPERATOR(pg_catalog.#>>) '{}')`;
  switch (rule.kind) {
    case "redact":
      return [];
    case "null":
      return ["WHEN TRUE THEN 'null'"];
    case "bucket": {
      const size = `${rule.size}::pg_catalog.numeric`;
      return [
        `WHEN ${isA(value, "number")} THEN (pg_catalog.floor(${value}::pg_catalog.numeric OPERATOR(pg_catalog./) ${size}) OPERATOR(pg_catalog.*) ${size})::pg_catalog.text::pg_catalog.jsonb`,
      ];
    }
    case "date": {
      const [kept, rest] = rule.to === "year" ? [4, "-01-01"] : [7, "-01"];
      return [
        `WHEN ${isA(value, "string")} AND ${text} OPERATOR(pg_catalog.~) '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]|$)' THEN ${asString(`pg_catalog.left(${text}, ${kept}) OPERATOR(pg_catalog.||) '${rest}'`)}`,
      ];
    }
    default:
      return [
        `WHEN ${isA(value, "string")} OR ${isA(value, "number")} THEN ${asString(`(CASE WHEN ${text} IS NULL THEN NULL ${maskedText(rule, text, key)} END)`)}`,
      ];
  }
}
