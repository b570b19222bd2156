import { z } from "zod";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { Catalog } from "../../../../shared/nouns/catalog.ts";
import type { Row } from "../../../../shared/nouns/command.ts";
import {
  functionsQuery,
  maxObjects,
  operatorsQuery,
  relationsQuery,
  serverQuery,
  typesQuery,
} from "./queries.ts";
import { RawFunction, RawRelation, type RawCatalog } from "./raw-catalog.ts";

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
  return {
    ...server,
    relations: await read("relations", relationsQuery, RawRelation),
    functions: await read("functions", functionsQuery, RawFunction),
    operators: await read("operators and casts", operatorsQuery, z.string()),
    types: await read("types", typesQuery, Catalog.shape.types.element),
  };
}
