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

/**
 * Takes values out of an error of the target's: whatever stands in quotes or parentheses and is neither a name of the
 * catalog nor a whole word of the command or its parameters. So a constraint's `Key (email)=(x)` loses its value, and
 * `invalid input syntax for type integer: "x"` keeps only what the user typed.
 */
export function withoutValues(
  text: string,
  names: ReadonlySet<string>,
  typed: (value: string) => boolean,
): string {
  const isKnown = (item: string): boolean =>
    item === "" || names.has(item) || ownTypes.has(item) || typed(item);
  const mayStay = (value: string): boolean => isKnown(value) || value.split(/,\s*|\./).every(isKnown);
  return text
    .slice(0, maxLength)
    .replace(/"([^"]*)"?/g, (_, value: string) => (mayStay(value) ? `"${value}"` : `"${hiddenText}"`))
    .replace(/=\(([^]*)\)/g, (whole, value: string) => (typed(value) ? whole : `=(${hiddenText})`))
    .replace(/contains \([^]*\)/g, `contains (${hiddenText})`)
    .replace(/\(([^()]*)\)/g, (_, value: string) =>
      value === hiddenText || mayStay(value) ? `(${value})` : `(${hiddenText})`,
    )
    .replace(/'([^']{2,})'/g, (_, value: string) => (mayStay(value) ? `'${value}'` : `'${hiddenText}'`));
}

/** Whether a value stands as a whole in one of the texts that the user sent. */
export const typedIn =
  (texts: readonly string[]) =>
  (value: string): boolean =>
    texts.some((text) => {
      for (let at = text.indexOf(value); at >= 0 && value !== ""; at = text.indexOf(value, at + 1))
        if (
          !/[\p{L}\p{N}_]/u.test(text.charAt(at - 1)) &&
          !/[\p{L}\p{N}_]/u.test(text.charAt(at + value.length))
        )
          return true;
      return false;
    });

export function errorWithoutValues(error: TargetError, clean: (text: string) => string): TargetError {
  return {
    code: error.code,
    message: clean(error.message),
    ...(error.detail === undefined ? {} : { detail: clean(error.detail) }),
    ...(error.hint === undefined ? {} : { hint: clean(error.hint) }),
    ...(error.position === undefined ? {} : { position: error.position }),
  };
}
