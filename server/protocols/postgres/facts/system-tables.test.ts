import { expect, test } from "vitest";
import { freshDatabase } from "../../../db/testing.ts";
import { volatileFunctions } from "./generated/postgres.ts";
import { extensionEffect, listedFunctions, systemFunction } from "./functions.ts";
import { reviewedRelations, systemRelation } from "./system-relations.ts";

test("every volatile function of PostgreSQL 15 and 18 has an entry", () => {
  const unknown = volatileFunctions.filter((name) => systemFunction(name)?.known !== true);
  expect(unknown).toEqual([]);
});

test("the table of functions names none that PostgreSQL does not have", () => {
  expect(listedFunctions.filter((name) => systemFunction(name) === undefined)).toEqual([]);
});

test("every system relation was reviewed", () => {
  expect(reviewedRelations.filter(({ reviewed }) => !reviewed)).toEqual([]);
});

test("columns that show more than the rest of their relation are columns that it has", () => {
  const unknown = reviewedRelations.flatMap(({ name, parts }) => {
    const [schema = "", relation = ""] = name.split(".");
    const known = systemRelation(schema, relation)?.columns ?? [];
    return parts.flatMap(({ columns }) => columns).filter((column) => !known.includes(column));
  });
  expect(reviewedRelations.some(({ parts }) => parts.length > 0)).toBe(true);
  expect(unknown).toEqual([]);
});

test("the lists hold everything that the server of this run has", async () => {
  const { database, drop } = await freshDatabase();
  try {
    const { rows: functions } = await database.pool.query<{ name: string }>(
      "select distinct proname as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace",
    );
    expect(functions.filter(({ name }) => systemFunction(name) === undefined)).toEqual([]);
    const { rows: relations } = await database.pool.query<{ schema: string; name: string }>(
      `select n.nspname as schema, relname as name from pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind in ('r', 'v') and nspname in ('pg_catalog', 'information_schema')`,
    );
    expect(relations.filter(({ schema, name }) => systemRelation(schema, name) === undefined)).toEqual([]);
  } finally {
    await drop();
  }
});

test("functions that speak with other servers are known by their extension and by their name", () => {
  expect(extensionEffect("dblink", "anything")?.effect).toBe("network");
  expect(extensionEffect(undefined, "dblink_exec")?.effect).toBe("network");
  expect(extensionEffect("pageinspect", "heap_page_items")?.reveals).toBeDefined();
  expect(extensionEffect("pgcrypto", "digest")).toBeUndefined();
});
