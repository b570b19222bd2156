import { expect, test } from "vitest";
import { faultIn } from "./failure.ts";
import { newRun, type Run } from "./runs.ts";

const ran = (sql: string, state: Run["state"], position?: number): Run => ({
  ...newRun([], sql, sql, [], "2026-11-20T10:00:00Z"),
  state,
  ...(position !== undefined && { error: { code: "42703", message: "no such column", position } }),
});
const first = { start: 3, end: 24 };
const text = "\n\n\nSELECT '😀', nope FROM t;\nSELECT 2";

test("marks the word on which the last run of the statement, or of the whole text, failed", () => {
  const statement = text.slice(first.start, first.end);
  const at = { offset: text.indexOf("nope"), message: "no such column" };
  expect(faultIn(text, first, [ran(statement, "failed", 13)])).toEqual(at);
  expect(faultIn(text, first, [ran(text.trim(), "failed", 13)])).toEqual(at);
});

test("marks nothing in a text that was changed since, or ran since", () => {
  const statement = text.slice(first.start, first.end);
  const failed = ran(statement, "failed", 13);
  expect(faultIn(text.replace("nope", "note"), first, [failed])).toBeUndefined();
  expect(faultIn(text, first, [failed, ran(statement, "completed")])).toBeUndefined();
  expect(faultIn(text, first, [ran(statement, "blocked")])).toBeUndefined();
});
