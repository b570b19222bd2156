import type { Catalog } from "../../shared/nouns/catalog.ts";
import type { TargetError } from "../../shared/nouns/command.ts";
import { hiddenText } from "./mask-text.ts";

/** An error's parts longer than this are cut. */
const maxLength = 4_000;

/** Types that errors about functions and casts name. */
const ownTypes = new Set(
  (
    "unknown,record,text,character varying,character,smallint,integer,bigint,numeric,real,double precision,boolean,date,time," +
    "timestamp without time zone,timestamp with time zone,interval,json,jsonb,uuid,bytea,inet,text[],integer[],anyelement,anyarray"
  ).split(","),
);

const namesOf = new WeakMap<Catalog, ReadonlySet<string>>();

/** Every name that the catalog holds, which an error may say; gathered once for each catalog that is held. */
export function namesIn(catalog: Catalog): ReadonlySet<string> {
  const gathered = namesOf.get(catalog);
  if (gathered !== undefined) return gathered;
  const known = new Set<string>();
  namesOf.set(catalog, known);
  for (const relation of catalog.relations) {
    known.add(relation.name).add(relation.schema).add(`${relation.schema}.${relation.name}`);
    for (const column of relation.columns) known.add(column.name).add(column.type);
    for (const index of relation.indexes) known.add(index.name);
    for (const key of relation.foreignKeys) known.add(key.name);
    for (const trigger of relation.triggers) known.add(trigger.name);
  }
  for (const fn of catalog.functions) known.add(fn.name);
  for (const type of catalog.types) known.add(type.name);
  return known;
}

/** What of the user's own may stand in an error that he is shown. */
export type Sent = { values: ReadonlySet<string>; identifiers: ReadonlySet<string> };

/** Comments and dollar-quoted bodies are matched to be passed over. */
const lexeme =
  /--[^\n]*|\/\*[^]*?\*\/|\$(?<tag>\w*)\$[^]*?\$\k<tag>\$|"(?<quoted>[^"]*(?:""[^"]*)*)"|e'(?<escaped>[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*)'|'(?<plain>[^']*(?:''[^']*)*)'|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<number>\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)/giu;

/** The literals, each as a whole, and the identifiers of a command; parameters are values too. Comments are neither. */
export function sentIn(text: string, parameters: readonly string[]): Sent {
  const values = new Set(parameters);
  const identifiers = new Set<string>();
  for (const { groups } of text.matchAll(lexeme)) {
    const value = groups?.["plain"] ?? groups?.["escaped"];
    if (value !== undefined) values.add(value.replaceAll("''", "'"));
    if (groups?.["number"] !== undefined) values.add(groups["number"]);
    if (groups?.["quoted"] !== undefined) identifiers.add(groups["quoted"].replaceAll('""', '"'));
    if (groups?.["word"] !== undefined) identifiers.add(groups["word"]).add(groups["word"].toLowerCase());
  }
  return { values, identifiers };
}

/** Integrity constraints (class 23) and check options: what these errors quote are rows of the target. */
const isOfRows = (code: string): boolean => code.startsWith("23") || code === "44000";
const namedObject = /(?:constraint|index|relation|table|column|view|partition|domain) $/;
const nothing: ReadonlySet<string> = new Set();

/**
 * Takes values out of an error of the target's: whatever stands in quotes or parentheses and is neither a name of the
 * catalog nor wholly a value that the user sent. So `invalid input syntax for type integer: "x"` keeps only what he
 * typed. An error about a row keeps none of its values, typed or not: whoever lists guesses in his command would
 * learn which one is right; it keeps the names of what was violated.
 * His identifiers stay where PostgreSQL could not resolve the command's text itself (class 42, with a position): names
 * that are looked up while it runs may be data.
 */
export function withoutValues(
  text: string,
  names: ReadonlySet<string>,
  sent: Sent,
  { code, position }: Pick<TargetError, "code" | "position">,
): string {
  const ofRows = isOfRows(code);
  const values = ofRows ? nothing : sent.values;
  const identifiers = code.startsWith("42") && position !== undefined ? sent.identifiers : nothing;
  const isName = (item: string): boolean =>
    item === "" || names.has(item) || ownTypes.has(item) || identifiers.has(item);
  const mayStay = (value: string): boolean => values.has(value) || value.split(/,\s*|\./).every(isName);
  // A value that is cut off has lost the parenthesis that closes it.
  const isCut = text.length > maxLength;
  return text
    .slice(0, maxLength)
    .replace(/"([^"]*)"?/g, (_, value: string, at: number, whole: string) =>
      mayStay(value) || (ofRows && namedObject.test(whole.slice(Math.max(0, at - 16), at)))
        ? `"${value}"`
        : `"${hiddenText}"`,
    )
    .replace(isCut ? /=\s?\([^]*/ : /=\s?\([^]*\)/, `=(${hiddenText})`)
    .replace(isCut ? /contains \([^]*/ : /contains \([^]*\)/, `contains (${hiddenText})`)
    .replace(/\(([^()]*)(?:\)|$)/g, (_, value: string) =>
      value === hiddenText || mayStay(value) ? `(${value})` : `(${hiddenText})`,
    )
    .replace(/'([^']{2,})'/g, (_, value: string) => (mayStay(value) ? `'${value}'` : `'${hiddenText}'`));
}

export function errorWithoutValues(error: TargetError, clean: (text: string) => string): TargetError {
  return {
    code: error.code,
    message: clean(error.message),
    ...(error.detail === undefined ? {} : { detail: clean(error.detail) }),
    ...(error.hint === undefined ? {} : { hint: clean(error.hint) }),
    ...(error.position === undefined ? {} : { position: error.position }),
  };
}
