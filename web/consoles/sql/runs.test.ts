import { describe, expect, it } from "vitest";
import type { RecordingEvent } from "../../../shared/recording/format.ts";
import { newCommandId } from "../../../shared/ids.ts";
import { applyEvent, changeRun, newRun, type Runs } from "./runs.ts";

const command = newCommandId();
const opened = "2026-01-01T00:00:00.000Z";
const asked: RecordingEvent = {
  type: "command",
  at: 1000,
  command,
  sql: "select 1",
  parameters: [],
  sha256: "a",
};
const columns: RecordingEvent = {
  type: "columns",
  at: 1001,
  command,
  statement: 0,
  columns: [{ name: "n", type: "int4" }],
};
const rows = (value: string): RecordingEvent => ({
  type: "rows",
  at: 1002,
  command,
  statement: 0,
  rows: [[value]],
});
const play = (runs: Runs, ...events: RecordingEvent[]) =>
  events.reduce((all, event) => applyEvent(all, event, opened), runs);

describe("the runs of a session", () => {
  it("grow by what the stream brings", () => {
    const mine = changeRun(
      [newRun([], "key", "select 1", [], opened)],
      () => true,
      (run) => ({ ...run, command }),
    );
    const [run] = play(mine, asked, columns, rows("1"), rows("2"));
    expect(run?.key).toBe("key");
    expect(run?.results[0]?.store.rowCount).toBe(2);
  });
  it("show nothing twice when the stream begins anew", () => {
    const [run, ...others] = play([], asked, columns, rows("1"), asked, columns, rows("1"));
    expect(others).toEqual([]);
    expect(run?.results).toHaveLength(1);
    expect(run?.results[0]?.store.rowCount).toBe(1);
  });
  it("take in commands from before a reload, at the time they were asked", () => {
    const [run] = play([], asked);
    expect(run?.submittedAt).toBe("2026-01-01T00:00:01.000Z");
    expect(run?.number).toBe(1);
  });
  it("keep a write's tag, which has no rows", () => {
    const tag: RecordingEvent = {
      type: "statement",
      at: 3,
      command,
      statement: 0,
      tag: "UPDATE",
      rowCount: 14,
      truncated: false,
    };
    expect(play([], asked, tag)[0]?.tags).toEqual([{ statement: 0, tag: "UPDATE", rowCount: 14 }]);
  });
});
