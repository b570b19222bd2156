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
  ["ALTER TABLE customers RENAME COLUMN country TO land", undefined],
  ["ALTER TABLE customers RENAME COLUMN email TO mail", "public"],
  ["ALTER TABLE customers RENAME CONSTRAINT customers_pkey TO people_pkey", undefined],
  ["ALTER TABLE customers ADD CHECK (country <> 'XX') NOT VALID", undefined],
  ["ALTER TABLE customers ADD CHECK (customers.country <> email)", "public"],
  ["ALTER TABLE customers ADD COLUMN land text GENERATED ALWAYS AS (lower(country)) STORED", undefined],
  ["ALTER TABLE customers ADD COLUMN land text GENERATED ALWAYS AS (left(email, 3)) STORED", "public"],
  ["ALTER TABLE customers ADD CHECK (row_to_json(customers)::text <> '')", "public"],
  ["ALTER TABLE customers ADD CHECK ((customers).email <> '')", "public"],
  ["ALTER TABLE customers ALTER country TYPE text", undefined],
  ["ALTER TABLE customers ALTER country TYPE text USING phone", "public"],
  ["ALTER TABLE customers ALTER email TYPE varchar(9)", "public"],
  ["CREATE INDEX ON customers (lower(country)) WHERE country <> 'XX'", undefined],
  ["CREATE INDEX ON customers (email)", undefined],
  ["CREATE UNIQUE INDEX ON customers (email)", "public"],
  ["CREATE UNIQUE INDEX ON customers (email) WHERE id IN (1, 2)", "public"],
  ["CREATE UNIQUE INDEX ON customers (lower(country), email)", "public"],
  ["CREATE UNIQUE INDEX ON customers (lower(country)) WHERE id > 2", undefined],
  ["ALTER TABLE customers ADD EXCLUDE (email WITH =) WHERE (id IN (1, 2))", "public"],
  ["ALTER TABLE customers ADD EXCLUDE (email WITH <>)", "public"],
  ["ALTER TABLE customers ADD EXCLUDE (country WITH =) WHERE (id < 3)", undefined],
  ["CREATE INDEX ON customers (lower(email))", "public"],
  ["CREATE INDEX ON customers (country) WHERE card_number LIKE '4%'", "public"],
  ["CREATE INDEX ON customers ((customers.*::text))", "public"],
])("%s endangers a relation of %s", async (sql, schema) => {
  const { tree } = await parser.parse(sql);
  const { kind, body } = survey(tree.stmts?.[0]);
  const guarded = { relations: classified, catalog: testingCatalog, hidden };
  expect(endangered(kind, body, guarded)?.schema).toBe(schema);
});
