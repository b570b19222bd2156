import type { MaskRule, ValueRule } from "../../shared/nouns/catalog.ts";
import { quoteText } from "./sql-text.ts";

/** What stands where a value is hidden. */
export const hiddenText = "•••";
const bullets = "••••";

/** Fewest hex digits that keep tokens of different values apart. */
const shortestToken = 12;
/** Hex digits of a token where the column has room. */
const tokenLength = 24;

/** Whether a mask needs the session's key, which then stands in the text that runs. */
export const isKeyed = (rule: MaskRule): boolean =>
  rule.kind === "json"
    ? Object.values(rule.paths).some(isKeyed)
    : rule.kind === "token" || rule.kind === "digits";

/** The mask with nothing in it that needs a key: what would be a token or keyed digits is redacted. */
export function withoutKey(rule: MaskRule): MaskRule {
  if (!isKeyed(rule)) return rule;
  if (rule.kind !== "json") return { kind: "redact" };
  const paths = Object.entries(rule.paths).map(([path, each]): [string, ValueRule] => [
    path,
    isKeyed(each) ? { kind: "redact" } : each,
  ]);
  return { kind: "json", paths: Object.fromEntries(paths) };
}

/** Characters that a value must have at least, for `count` of them to stay. */
export const enoughToKeep = (count: number): number => Math.max(2 * count, count + bullets.length);

/**
 * SHA-256 of a text under a key, as SQL of type bytea. The key has a fixed length and the hash is taken twice, so no
 * value can be built that continues another's hash. Bytes come by `decode`, for `convert_to` is not immutable: with its
 * backslashes doubled, every text is one in the escape format that stands for itself.
 */
function keyedHash(text: string, key: string): string {
  const hash = (input: string) =>
    `pg_catalog.sha256(pg_catalog.decode(${quoteText(key)} OPERATOR(pg_catalog.||) ${input}, 'escape'))`;
  const escaped = `pg_catalog.replace(${text}, ${quoteText("\\")}, ${quoteText("\\\\")})`;
  return hash(`pg_catalog.encode(${hash(escaped)}, 'hex')`);
}

/** The first hex digits of a text's keyed hash. */
export const hexToken = (text: string, key: string, digits: number): string =>
  `pg_catalog.left(pg_catalog.encode(${keyedHash(text, key)}, 'hex'), ${digits})`;

/**
 * The branches of a CASE that give the masked form of a text, of `width` characters at most: `WHEN ... ELSE ...`.
 * `text` is SQL of type text and not NULL there. A rule that does not fit texts redacts.
 */
export function maskedText(rule: MaskRule, text: string, key: string, width = Infinity): string {
  const redacted = `ELSE ${quoteText(hiddenText.slice(0, width))}`;
  switch (rule.kind) {
    case "last":
    case "first": {
      const enough = enoughToKeep(rule.count);
      if (width < enough) return redacted;
      const kept =
        rule.kind === "last"
          ? `${quoteText(bullets)} OPERATOR(pg_catalog.||) pg_catalog.right(${text}, ${rule.count})`
          : `pg_catalog.left(${text}, ${rule.count}) OPERATOR(pg_catalog.||) ${quoteText(bullets)}`;
      return `WHEN pg_catalog.char_length(${text}) OPERATOR(pg_catalog.>=) ${enough} THEN ${kept} ${redacted}`;
    }
    case "email-domain":
      if (width < 8) return redacted;
      return `WHEN ${text} OPERATOR(pg_catalog.~~) '_%@_%._%' AND ${text} OPERATOR(pg_catalog.!~~) '%@%@%' AND ${text} OPERATOR(pg_catalog.!~~) '% %' THEN ${quoteText(`${hiddenText}@`)} OPERATOR(pg_catalog.||) pg_catalog.split_part(${text}, '@', 2) ${redacted}`;
    case "token":
      return width < shortestToken ? redacted : `ELSE ${hexToken(text, key, Math.min(width, tokenLength))}`;
    case "digits":
      return `WHEN ${isNumberLike(text)} THEN ${keyedDigits(text, key, rule.keep ?? 0)} ${redacted}`;
    default:
      return redacted;
  }
}

/** Digits and what parts them, behind three capitals at most: whatever else it says would stay to be read. */
const isNumberLike = (text: string): string =>
  `${text} COLLATE pg_catalog."C" OPERATOR(pg_catalog.~) '^[A-Z]{0,3}[-+./()_ ]*[0-9][-+./()_ 0-9]*$'`;

const hashBytes = 32;

/**
 * A text with each digit replaced by one that its keyed hash gives for the place; the last `keep` characters stay where
 * there are digits enough before them. The hash stands in FROM, so that it is taken once for a value.
 */
export function keyedDigits(text: string, key: string, keep: number): string {
  const length = `pg_catalog.char_length(${text})`;
  const digits = `(${length} OPERATOR(pg_catalog.-) pg_catalog.char_length(pg_catalog.translate(${text}, '0123456789', '')))`;
  const stays =
    keep === 0
      ? ""
      : ` OR ("d"."n" OPERATOR(pg_catalog.>) (${length} OPERATOR(pg_catalog.-) ${keep}) AND ${digits} OPERATOR(pg_catalog.>=) ${enoughToKeep(keep)})`;
  const digit = `pg_catalog.chr(48 OPERATOR(pg_catalog.+) (pg_catalog.get_byte("h"."h", (("d"."n" OPERATOR(pg_catalog.-) 1) OPERATOR(pg_catalog.%) ${hashBytes})::pg_catalog.int4) OPERATOR(pg_catalog.%) 10))`;
  return `(SELECT pg_catalog.string_agg(CASE WHEN pg_catalog.ascii("d"."c") OPERATOR(pg_catalog.<) 48 OR pg_catalog.ascii("d"."c") OPERATOR(pg_catalog.>) 57${stays} THEN "d"."c" ELSE ${digit} END, '' ORDER BY "d"."n") FROM pg_catalog.unnest(pg_catalog.string_to_array(${text}, NULL)) WITH ORDINALITY AS "d" ("c", "n"), ${keyedHash(text, key)} AS "h" ("h"))`;
}
