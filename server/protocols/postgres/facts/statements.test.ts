import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { SqlAction } from "../../../../shared/nouns/facts.ts";
import { statementClasses } from "./statements.ts";

test("every statement of the grammar has a deliberate class, and no other kind has one", () => {
  const types = createRequire(createRequire(import.meta.url).resolve("libpg-query")).resolve("@pgsql/types");
  const declared = readFileSync(types.replace(/index\.js$/, "types.d.ts"), "utf8");
  const union = declared.slice(declared.indexOf("export type Node ="), declared.indexOf("export interface"));
  const kinds = [...union.matchAll(/^\s+(\w+Stmt): /gm)].map(([, kind]) => kind);
  expect(kinds.length).toBeGreaterThan(110);
  expect(Object.keys(statementClasses).sort()).toEqual(kinds.sort());
});

test("everything that is not plainly a reading needs a read-write transaction", () => {
  const harmless = Object.entries(statementClasses).flatMap(([kind, { writes }]) => (writes ? [] : [kind]));
  expect(harmless.sort()).toEqual([
    "ClosePortalStmt",
    "ConstraintsSetStmt",
    "CopyStmt",
    "DeallocateStmt",
    "DeclareCursorStmt",
    "ExplainStmt",
    "FetchStmt",
    "PrepareStmt",
    "ReturnStmt",
    "SelectStmt",
    "TransactionStmt",
    "VariableSetStmt",
    "VariableShowStmt",
  ]);
});

test("every class names an action of the policies", () => {
  for (const { action, note } of Object.values(statementClasses)) {
    expect(SqlAction.options).toContain(action);
    expect(note).not.toBe("");
  }
});
