import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { SqlFacts } from "../../../../shared/nouns/facts.ts";
import { createParser } from "../parse/parser.ts";
import { describe } from "./describe.ts";
import { isStatementKind } from "./statements.ts";
import { testingCatalog } from "./testing-catalog.ts";

const packed = readFileSync(new URL("./corpus/postgres-regress.json.gz", import.meta.url));
const statements = z.array(z.string()).parse(JSON.parse(gunzipSync(packed).toString("utf8")));
const parser = createParser({ workers: 2, deadlineMs: 60_000 });
afterAll(() => parser.close());

test("every statement of PostgreSQL's own regression tests is read and classified, or refused in words", async () => {
  const kinds = new Map<string, number>();
  const codes = new Map<string, number>();
  const wrong: string[] = [];
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const sql of statements)
    try {
      const meaning = describe(await parser.parse(sql), testingCatalog);
      SqlFacts.parse(meaning.facts);
      for (const { node, action } of meaning.statements) {
        count(kinds, node);
        if (!isStatementKind(node) || action === "sql.other") wrong.push(`${node} ${action}: ${sql}`);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) wrong.push(`${String(error)}: ${sql}`);
      else count(codes, error.code);
    }
  const refused = [...codes].map(([code, times]) => `${times} ${code}`).join(", ");
  process.stdout.write(
    `PostgreSQL's regression statements, ${statements.length}: ${kinds.size} kinds classified; refused: ${refused}\n`,
  );
  expect(wrong).toEqual([]);
  // Syntax that these tests hold to be wrong, and psql's variables.
  expect(codes.get("sql_unparseable") ?? 0).toBeLessThan(statements.length / 20);
  expect([...codes.keys()].filter((code) => code !== "sql_unparseable")).toEqual([]);
}, 300_000);
