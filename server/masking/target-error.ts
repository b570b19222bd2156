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
const insufficientPrivilege = "42501";
const namedObject = /(?:constraint|index|relation|table|column|view|partition|domain) $/;
const sizedType = /(?:varying|character|numeric|bit)$/;
const nothing: ReadonlySet<string> = new Set();

/** What is known of a message beside its words. */
export type About = Pick<TargetError, "code" | "position"> & {
  /** Whether the command reaches relations with hidden columns. */
  reaches: boolean;
};

/**
 * Takes values out of a message of the target's: whatever stands in quotes or parentheses and is neither a name of the
 * catalog nor wholly a value that the user sent. A position says that PostgreSQL could not make sense of the text
 * itself, before it read anything: then what he typed stays, names too where they could not be resolved (class 42; also
 * of a run that reached nothing hidden). A message without one is of the run. Where that reached hidden columns, or is about rows, it keeps no value of his
 * either: whoever lists guesses in his command would learn which one is right. What it says outside of quotes is then
 * held to PostgreSQL's own way of speaking, for a function may raise any text.
 */
export function withoutValues(
  text: string,
  names: ReadonlySet<string>,
  sent: Sent,
  { code, position, reaches }: About,
): string {
  const ofRows = isOfRows(code);
  const ofText = position !== undefined;
  const values = ofRows || (reaches && !ofText) ? nothing : sent.values;
  const named = (code.startsWith("42") && (ofText || !reaches)) || code === insufficientPrivilege;
  const identifiers = named ? sent.identifiers : nothing;
  const isName = (item: string): boolean =>
    item === "" || names.has(item) || ownTypes.has(item) || identifiers.has(item);
  const mayStay = (value: string): boolean => values.has(value) || value.split(/,\s*|\./).every(isName);
  // A value that is cut off has lost the parenthesis that closes it.
  const isCut = text.length > maxLength;
  const unquoted = text
    .slice(0, maxLength)
    .replace(/"([^"]*)"?/g, (_, value: string, at: number, whole: string) =>
      mayStay(value) || (ofRows && namedObject.test(whole.slice(Math.max(0, at - 16), at)))
        ? `"${value}"`
        : `"${hiddenText}"`,
    )
    .replace(isCut ? /=\s?\([^]*/ : /=\s?\([^]*\)/, `=(${hiddenText})`)
    .replace(isCut ? /contains \([^]*/ : /contains \([^]*\)/, `contains (${hiddenText})`)
    .replace(/\(([^()]*)(?:\)|$)/g, (_, value: string, at: number, whole: string) =>
      value === hiddenText || mayStay(value) || isSize(value, whole.slice(Math.max(0, at - 9), at))
        ? `(${value})`
        : `(${hiddenText})`,
    )
    .replace(/'([^']{2,})'/g, (_, value: string) => (mayStay(value) ? `'${value}'` : `'${hiddenText}'`));
  return reaches && !ofText ? inOwnWords(unquoted, isName) : unquoted;
}

/** `character varying(20)`: a type's bound is no value. */
const isSize = (value: string, before: string): boolean =>
  /^\d{1,4}(?:,\d{1,3})?$/.test(value) && sizedType.test(before);

/** Words with capitals that PostgreSQL's messages use; all others are in small letters, or names. */
const capitals = new Set(
  (
    "A An Array Check Consider Ensure Escape Expected Failing If In It Key Missing No Perhaps See Specify The There This To " +
    "Token Try Unicode Use You ALTER ANALYZE BEGIN BY CALL CASE CHECK CLUSTER COMMIT CONCURRENTLY CONFLICT COPY CREATE CURSOR DATABASE DECLARE DEFAULT DELETE DISTINCT DO DROP ESCAPE END EXCEPT EXECUTE EXPLAIN FETCH FOR " +
    "FROM FULL GRANT GROUP HAVING IN INDEX INSERT INTERSECT INTO JSON KEY LIKE LIMIT LOCK MATERIALIZED MERGE NO NOT NOWAIT NULL OFFSET ON OPTION OR ORDER PREPARE " +
    "PRIMARY REFRESH REINDEX RETURNING REVOKE ROLLBACK ROW SELECT SET SHARE SQL SQL/JSON SQLSTATE SYSTEM TABLE TRUNCATE " +
    "UNION UNIQUE UPDATE USING VACUUM VALUES VIEW WHERE WINDOW WITH XML"
  ).split(" "),
);
/** What the quotes and parentheses hold has been judged; `precision 10, scale 2` and `10^8` are of a type. */
const spoken = /"[^"]*"|\([^()]*\)|'[^']*'|\bprecision \d{1,4}, scale \d{1,4}\b|\b10\^\d{1,4}\b|[^\s"()]+/g;

/** A message with everything taken out that PostgreSQL would not say of itself: numbers, names that nothing has, codes. */
function inOwnWords(text: string, isName: (item: string) => boolean): string {
  return text.replace(spoken, (word) => {
    if (/^["'(]|^precision \d|^10\^/.test(word)) return word;
    const [, core = "", mark = ""] = /^(.*?)([.,:;!?]*)$/s.exec(word) ?? [];
    const isOwn =
      /^(?:[a-z]+(?:[-'/][a-z]+)*|[-=<>•]*)$/.test(core) ||
      capitals.has(core) ||
      core.split(".").every(isName);
    return isOwn ? word : hiddenText + mark;
  });
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
