import { expect, test } from "vitest";
import { toAsciicast } from "./asciicast.ts";
import { RecordingEvent } from "./format.ts";

const id = (prefix: string, n = 1) => `${prefix}_${String(n).padStart(26, "0")}`;
const opened = {
  type: "opened",
  at: 0,
  version: 1,
  session: id("ses"),
  target: "bastion",
  kind: "ssh",
  actor: { id: "a", name: "Mara", kind: "human" },
  reason: "OPS-1",
  startedAt: "2026-01-01T00:00:00Z",
};
const shell = (at: number, text: string, terminal = false) => ({
  ...{ type: "shell", at, command: id("cmd"), text, stdin: "", terminal, sha256: "0".repeat(64) },
});

async function cast(...events: unknown[]): Promise<unknown[]> {
  const lines: unknown[] = [];
  async function* stream() {
    for (const event of events) yield RecordingEvent.parse(event);
  }
  for await (const line of toAsciicast(stream())) {
    expect(line.endsWith("\n")).toBe(true);
    expect(line.indexOf("\n")).toBe(line.length - 1);
    lines.push(JSON.parse(line));
  }
  return lines;
}

test("a terminal's size is the header's; its screen, sizes and commands follow in time", async () => {
  expect(
    await cast(
      opened,
      { type: "terminal", at: 5, mode: "governed", term: "xterm-256color", columns: 100, rows: 30 },
      { type: "screen", at: 10, text: "\u001b[1m$ \u001b[0m" },
      shell(1500, "rm -rf ./a", true),
      {
        ...{ type: "held", at: 1600, command: id("cmd"), review: id("rev") },
        expiresAt: "2026-01-01T00:10:00Z",
        groups: ["ops"],
      },
      { type: "resize", at: 1700, columns: 120, rows: 40 },
      {
        ...{ type: "vote", at: 1800, command: id("cmd"), review: id("rev") },
        name: "Priya",
        verdict: "reject",
        comment: "no",
      },
      { type: "outcome", at: 1900, command: id("cmd"), state: "rejected", masked: [] },
      { type: "closed", at: 2000, because: "closed" },
    ),
  ).toEqual([
    {
      version: 2,
      width: 100,
      height: 30,
      timestamp: 1_767_225_600,
      title: "Mara on bastion: OPS-1",
      env: { TERM: "xterm-256color" },
    },
    [0.01, "o", "\u001b[1m$ \u001b[0m"],
    [1.5, "m", "rm -rf ./a"],
    [1.6, "m", "Held, waits on ops"],
    [1.7, "r", "120x40"],
    [1.8, "m", "Priya rejected"],
    [1.9, "m", "Rejected"],
  ]);
});

test("commands that were sent stand as at a prompt, and cannot speak to the terminal that plays them", async () => {
  const lines = await cast(
    opened,
    shell(1000, "printf 'a\\nb'"),
    { type: "bytes", at: 1100, command: id("cmd"), stream: "stdout", text: "a\nb\u001b]52;c;AAAA\u0007" },
    { type: "exit", at: 1200, command: id("cmd"), code: 0, truncated: false },
    { type: "outcome", at: 1200, command: id("cmd"), state: "completed", masked: [] },
  );
  expect(lines.slice(1)).toEqual([
    [1, "m", "printf 'a\\nb'"],
    [1, "o", "$ printf 'a\\nb'\r\n"],
    [1.1, "o", "a\r\nb\\u{1B}]52;c;AAAA\\u{7}"],
  ]);
});

test("beside a living terminal, a command that is sent is a mark alone; time never goes back", async () => {
  const lines = await cast(
    opened,
    { type: "terminal", at: 50, mode: "raw", term: "xterm", columns: 80, rows: 24 },
    { type: "screen", at: 2000, text: "x" },
    shell(1990, "id"),
    { type: "bytes", at: 2100, command: id("cmd"), stream: "stdout", text: "root" },
  );
  expect(lines.slice(1)).toEqual([
    [2, "o", "x"],
    [2, "m", "id"],
  ]);
});

test("a recording in which nothing happened is a header; one without a terminal has the usual size", async () => {
  expect(await cast(opened)).toEqual([expect.objectContaining({ width: 80, height: 24 })]);
});

test("a label is one line in which nothing hides", async () => {
  const [, mark] = await cast(opened, shell(1, `echo \u202e\n${"x".repeat(400)}`, true));
  const [, , label] = Array.isArray(mark) ? mark : [];
  expect(label).toMatch(/^echo \\u\{202E\} x+…$/u);
  expect(label).toHaveLength(200);
});
