import { pino } from "pino";
import { expect, test } from "vitest";
import { logLines } from "./log-lines.ts";

test("whatever is logged stays one line of its own values, in which nothing hides or is obeyed", () => {
  const lines: string[] = [];
  const log = pino({}, logLines({ write: (line) => void lines.push(line) }));
  const path =
    'a\n{"level":30}\r\u001B[2J\u009B31m\u0085\u007F \u202Etxt\u2066 \u200B\uFEFF\u2028\u2029 \u{E0041} é 東京 😀';
  log.warn({ path }, path);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(lines[0]?.trimEnd()).not.toMatch(
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/u,
  );
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ path, msg: path });
  expect(lines[0]).toContain("é 東京 😀");
});
