import { afterAll, expect, test } from "vitest";
import { testingCatalog } from "../protocols/postgres/facts/testing-catalog.ts";
import { createParser } from "../protocols/postgres/parse/parser.ts";
import { endangered } from "./definitions.ts";
import { hiddenClasses } from "./hidden.ts";
import { survey } from "./survey.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

const hidden = hiddenClasses(testingCatalog, [], []);
const classified = testingCatalog.relations.filter(({ columns }) =>
  columns.some((column) => column.class !== undefined),
);

test.each([
  ["ALTER SCHEMA archive RENAME TO old", "archive"],
  ["ALTER SCHEMA public RENAME TO old", "public"],
  ["ALTER SCHEMA empty RENAME TO archive", undefined],
  ["ALTER SCHEMA public OWNER TO somebody", undefined],
  ["ALTER DATABASE public RENAME TO old", undefined],
  ["ALTER TABLE customers SET SCHEMA archive", "public"],
  ["ALTER TABLE public.customers RENAME TO people", "public"],
  ["ALTER EXTENSION citext SET SCHEMA archive", "public"],
  ["ALTER FUNCTION touch() SET SCHEMA archive", undefined],
])("%s endangers a relation of %s", async (sql, schema) => {
  const { tree } = await parser.parse(sql);
  const { kind, body } = survey(tree.stmts?.[0]);
  const guarded = { relations: classified, catalog: testingCatalog, hidden };
  expect(endangered(kind, body, guarded)?.schema).toBe(schema);
});
