import { z } from "zod";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { Catalog, Column } from "../../../../shared/nouns/catalog.ts";
import type { Row } from "../../../../shared/nouns/command.ts";
import {
  functionsQuery,
  maxObjects,
  operatorsQuery,
  relationsQuery,
  serverQuery,
  typesQuery,
} from "./queries.ts";
import { RawFunction, RawRelation, type RawCatalog, type RawColumn } from "./raw-catalog.ts";

const Type = Catalog.shape.types.element.extend({
  oid: z.int(),
  base: z.object({ type: z.string(), typeOid: z.int() }).optional(),
  citext: z.boolean(),
});
type Type = z.infer<typeof Type>;

/** PostgreSQL's own text (pg_type.dat). */
const text = { type: "text", typeOid: 25 };

/** What a column of a domain or of citext holds; a domain may rest on a domain. */
function baseOf({ typeOid }: RawColumn, types: ReadonlyMap<number, Type>): Column["base"] {
  let base: Type["base"];
  let type = types.get(typeOid);
  for (; type?.base !== undefined; type = types.get(base.typeOid)) base = type.base;
  return type?.citext === true ? { ...text, citext: type.schema } : base;
}

const Server = Catalog.pick({ serverVersion: true, database: true, readAt: true, searchPath: true });

/**
 * Reads everything that can be named on a PostgreSQL 13 to 18: five fixed texts, one round trip each. `query` runs a
 * text without parameters and answers its rows in text form, all of them, on **one** connection with the search path
 * of the role at this database. Definitions leave the schemas on it out, so sessions are pinned to the `searchPath`
 * that comes back.
 *
 * Throws `catalog_unavailable` where an answer does not have the expected shape or is larger than `maxObjects`.
 */
export async function readCatalog(query: (sql: string) => Promise<Row[]>): Promise<RawCatalog> {
  const read = async <T>(what: string, sql: string, schema: z.ZodType<T>): Promise<T[]> => {
    const rows = await query(sql);
    if (rows.length > maxObjects)
      throw new Refusal("catalog_unavailable", `The target has more than ${maxObjects} ${what}.`);
    try {
      return rows.map(([json]) => schema.parse(JSON.parse(json ?? "null")));
    } catch (cause) {
      throw new Refusal("catalog_unavailable", `The target's ${what} cannot be read.`, { cause });
    }
  };
  const [server] = await read("version", serverQuery, Server);
  if (server === undefined) throw new Refusal("catalog_unavailable", "The target does not say its version.");
  const types = await read("types", typesQuery, Type);
  const byOid = new Map(types.map((type) => [type.oid, type]));
  const relations = await read("relations", relationsQuery, RawRelation);
  return {
    ...server,
    relations: relations.map((relation) => ({
      ...relation,
      columns: relation.columns.map((column) => {
        const base = baseOf(column, byOid);
        return base === undefined ? column : { ...column, base };
      }),
    })),
    functions: await read("functions", functionsQuery, RawFunction),
    operators: await read("operators and casts", operatorsQuery, z.string()),
    types: types.map(({ schema, name, kind, hasCast }) => ({ schema, name, kind, hasCast })),
  };
}
