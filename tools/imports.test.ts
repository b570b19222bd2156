import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importsOf, wrongArrow, wrongArrows } from "./imports.ts";

const root = new URL("..", import.meta.url).pathname;
const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "web", "server", "shared"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|\/testing[^/]*(\.ts|\/)|\/corpus\//.test(file));

test("every import keeps to the house's direction", () => {
  expect(tracked.length).toBeGreaterThan(20);
  expect(wrongArrows(root, tracked)).toEqual([]);
});

test("imports of every form are read", () => {
  const text = `import type {A} from "./a.ts"; import {type B} from "./b.ts"; import {c} from "./c.ts"; export * from "./d.ts";
    const e = await import("./e.ts"); type F = import("./f.ts").F;`;
  expect(importsOf(text, false).map((one) => `${one.source}${one.typeOnly ? " types" : ""}`)).toEqual([
    "./a.ts types",
    "./b.ts types",
    "./c.ts",
    "./d.ts",
    "./e.ts",
    "./f.ts types",
  ]);
});

test.each([
  ["server/policy/decide.ts", "../masking/rewrite.ts", false, "policy does not import masking"],
  ["server/policy/decide.ts", "node:fs", false, "this room does no I/O"],
  [
    "server/masking/rewrite.ts",
    "../protocols/postgres/facts/meaning.ts",
    false,
    "masking does not import protocols",
  ],
  ["server/journal/journal.ts", "../door/app.ts", true, "journal does not import door's types"],
  ["server/gate/exchange.ts", "../approval/permit.ts", false, "only approval mints permits"],
  ["server/gate/exchange.ts", "../door/app.ts", false, "gate does not import door"],
  ["server/session/sessions.ts", "pg-cursor", false, "pg-cursor is not for this room"],
  ["shared/ids.ts", "node:crypto", false, "shared imports zod alone"],
  ["shared/ids.ts", "../server/db/database.ts", true, "shared imports nothing of the others"],
  ["web/ui/chip.tsx", "../api/client.ts", false, "ui does not import api"],
  ["web/pages/work.tsx", "../../server/main.ts", true, "web does not import server"],
  ["server/gate/exchange.ts", "../db/testing.ts", false, "only tests import testing code"],
])("%s may not import %s", (file, source, typeOnly, why) => {
  expect(wrongArrow(file, { source, typeOnly })).toBe(why);
});

test("a stage may know another's types, and its own room's values", () => {
  expect(
    wrongArrow("server/masking/rewrite.ts", {
      source: "../protocols/postgres/facts/meaning.ts",
      typeOnly: true,
    }),
  ).toBeUndefined();
  expect(
    wrongArrow("server/approval/approvals.ts", { source: "./permit.ts", typeOnly: false }),
  ).toBeUndefined();
});

test("the order of the stages fits one screen", () => {
  for (const file of ["server/gate/exchange.ts"])
    expect(readFileSync(join(root, file), "utf8").split("\n").length - 1).toBeLessThanOrEqual(150);
});
