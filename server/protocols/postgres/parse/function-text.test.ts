import { afterAll, expect, test } from "vitest";
import type { CatalogFunction } from "../../../../shared/nouns/catalog.ts";
import { functionText } from "./function-text.ts";
import { createParser } from "./parser.ts";

const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

const base: CatalogFunction = {
  oid: 1,
  schema: "public",
  name: "f",
  arguments: "a integer, b text",
  returns: "integer",
  language: "sql",
  kind: "function",
  volatility: "stable",
  definer: false,
  returnsTrigger: false,
  reach: "opaque",
  touches: [],
  writes: false,
};

async function body(fn: Partial<CatalogFunction>) {
  const text = functionText({ ...base, ...fn });
  return text === undefined ? undefined : parser.parseBody(text);
}

test("reads a SQL body in a string and one of the standard's form", async () => {
  expect(await body({ body: "SELECT 1; DELETE FROM t" })).toMatchObject({ language: "sql", trees: [{}] });
  expect(JSON.stringify(await body({ body: "BEGIN ATOMIC\n SELECT a FROM t;\nEND" }))).toContain(
    '"relname":"t"',
  );
  expect(JSON.stringify(await body({ body: "RETURN (SELECT max(x) FROM t)" }))).toContain('"relname":"t"');
});

test("reads PL/pgSQL, triggers and procedures", async () => {
  expect(await body({ language: "plpgsql", body: "begin return a; end" })).toMatchObject({
    language: "plpgsql",
  });
  const trigger = { language: "plpgsql", arguments: "", returnsTrigger: true, returns: "trigger" };
  expect(await body({ ...trigger, body: "begin new.x := 1; return new; end" })).toMatchObject({
    dynamic: false,
  });
  const procedure = { language: "plpgsql", kind: "procedure" as const };
  expect(await body({ ...procedure, body: "begin commit; end" })).toMatchObject({ transaction: true });
});

test("keeps a body that holds dollar quotes of its own", async () => {
  const found = await body({ body: "SELECT $body$x$body$ FROM t" });
  expect(JSON.stringify(found)).toContain('"relname":"t"');
});

test("has no answer for other languages and broken bodies", async () => {
  expect(await body({ language: "c", body: "x" })).toBeNull();
  expect(await body({ body: "SELEC" })).toBeNull();
  expect(await body({})).toBeUndefined();
});
