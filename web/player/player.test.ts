import { describe, expect, test } from "vitest";
import { UserError } from "../api/errors.ts";
import type { LiveHandlers } from "../api/live-watch.ts";
import { advance } from "./clock.ts";
import { liveDriver, replayDriver, type Driver, type Sink } from "./drivers.ts";
import { createStory, keptOutput, keptRows, outputBy, rowsBy, rowsOut, wasStopped } from "./story.ts";
import { createScale, holdSpans, quietSpans, ticks, withoutHolds } from "./timeline.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import { RecordingEvent as Event } from "../../shared/recording/format.ts";
import { momentWords, whatCameOf } from "./words.ts";

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(26, "0")}`;
const opened = {
  type: "opened",
  at: 0,
  version: 1,
  session: id("ses", 1),
  target: "shop",
  kind: "postgres",
  actor: { id: "a", name: "Mara", kind: "human" },
  reason: "why",
  startedAt: "2026-01-01T00:00:00Z",
};
const command = (n: number, at: number, sql = "SELECT 1") => ({
  type: "command",
  at,
  command: id("cmd", n),
  sql,
  parameters: [],
  sha256: "0".repeat(64),
});
const of = (n: number, at: number, rest: Record<string, unknown>) => ({ at, command: id("cmd", n), ...rest });
const tell = (...events: unknown[]) => {
  const story = createStory();
  for (const event of events) story.add(Event.parse(event));
  return story;
};
const outcome = (n: number, at: number, state: string) => of(n, at, { type: "outcome", state, masked: [] });

describe("a story told by a recording", () => {
  test("a hold runs from being held to running, and its end is a moment of its own", () => {
    const story = tell(
      opened,
      command(1, 1000, "UPDATE orders SET x = 1"),
      of(1, 1100, { type: "held", review: id("rev", 1), expiresAt: "2026-01-01T00:00:00Z", groups: ["g"] }),
      of(1, 5000, { type: "vote", review: id("rev", 1), name: "Priya", verdict: "approve", comment: "" }),
      of(1, 5100, { type: "state", state: "running" }),
      of(1, 5200, { type: "statement", statement: 0, tag: "UPDATE", rowCount: 3, truncated: false }),
      outcome(1, 5300, "completed"),
    );
    expect(story.commands[0]?.hold).toEqual({ from: 1100, to: 5100, groups: ["g"] });
    expect(story.moments.map(({ kind }) => kind)).toEqual(["opened", "command", "vote", "outcome"]);
    expect(story.moments.map((moment) => momentWords(moment).verdict)).toEqual([
      "recorded",
      "held",
      "approved",
      "completed",
    ]);
  });
  test("rows are counted as they came, and kept up to a bound", () => {
    const rows = Array.from({ length: 400 }, (_, n) => [String(n)]);
    const story = tell(
      opened,
      command(1, 10),
      of(1, 20, { type: "columns", statement: 0, columns: [{ name: "n", type: "int4" }] }),
      of(1, 30, { type: "rows", statement: 0, rows }),
      of(1, 40, { type: "rows", statement: 0, rows }),
      outcome(1, 50, "completed"),
    );
    const [first] = story.commands;
    const [result] = first?.results ?? [];
    if (first === undefined || result === undefined) throw new Error("no result");
    expect(result.rows).toHaveLength(keptRows);
    expect([rowsBy(result, 20), rowsBy(result, 30), rowsBy(result, 99)]).toEqual([0, 400, 800]);
    expect(rowsOut(first)).toBe(800);
    expect(wasStopped(first)).toBe(false);
  });
});

const shell = (n: number, at: number, text: string, terminal = false) => ({
  ...{ type: "shell", at, command: id("cmd", n), text, stdin: "", terminal, sha256: "0".repeat(64) },
});

describe("a story told by a host's recording", () => {
  test("a sent command has its own output, bounded, and its exit", () => {
    const bytes = (at: number, stream: string, text: string) => of(1, at, { type: "bytes", stream, text });
    const story = tell(
      opened,
      shell(1, 10, "# why\ncat log"),
      bytes(20, "stdout", "x".repeat(keptOutput - 1)),
      bytes(30, "stderr", "oh no"),
      bytes(40, "stdout", "more"),
      of(1, 50, { type: "exit", code: 3, truncated: false }),
      outcome(1, 50, "completed"),
    );
    const [command] = story.commands;
    if (command?.output === undefined) throw new Error("no output");
    expect(command.output.parts.map(({ text }) => text.length)).toEqual([keptOutput - 1, 1]);
    expect([outputBy(command, 25), outputBy(command, 99)]).toEqual([keptOutput - 1, keptOutput + 8]);
    expect(whatCameOf(command)).toBe("cat log, exit 3");
    expect(story.terminal).toBeUndefined();
  });
  test("a terminal is a track of its screen; what is typed has its part of it, from its start to its end", () => {
    const story = tell(
      opened,
      { type: "terminal", at: 5, mode: "raw", term: "xterm-256color", columns: 80, rows: 24 },
      { type: "screen", at: 10, text: "$ " },
      shell(1, 100, "ls", true),
      { type: "screen", at: 110, text: "a b\r\n" },
      outcome(1, 120, "completed"),
      { type: "screen", at: 130, text: "$ " },
      { type: "resize", at: 140, columns: 100, rows: 30 },
    );
    const [command] = story.commands;
    if (command === undefined || story.terminal === undefined) throw new Error("no terminal");
    expect(story.terminal.track.length).toBe(5);
    expect(story.terminal.track.until(110)).toBe(3);
    expect(outputBy(command, 999)).toBe(5);
    expect(story.moments.map((moment) => momentWords(moment).words)).toEqual([
      "Session opened, with reason",
      "Terminal opened, raw: recorded, not governed",
      "ls",
    ]);
  });
  test("times closer together than anything that is drawn count once", () => {
    const story = tell(opened, ...[0, 1, 300, 301, 9000].map((at) => ({ type: "screen", at, text: "x" })));
    expect(story.times).toEqual([0, 300, 9000]);
  });
});

describe("the timeline", () => {
  test("nothing happening for long is quiet; waiting on people is not idle", () => {
    const quiet = quietSpans([0, 1000, 61_000], 62_000);
    expect(quiet).toEqual([{ from: 1000, to: 61_000 }]);
    expect(withoutHolds(quiet, [{ from: 1000, to: 61_000 }])).toEqual([]);
    expect(withoutHolds(quiet, [{ from: 1000, to: 31_000 }])).toEqual([{ from: 31_000, to: 61_000 }]);
  });
  test("a hold that still waits runs to the end", () => {
    const story = tell(
      opened,
      command(1, 100),
      of(1, 200, { type: "held", review: id("rev", 1), expiresAt: "2026-01-01T00:00:00Z", groups: [] }),
    );
    expect(holdSpans(story, 900)).toEqual([{ from: 200, to: 900 }]);
  });
  test("places and times are each other's inverse, in order, with quiet stretches drawn shorter", () => {
    const quiet = [{ from: 10_000, to: 3_610_000 }];
    const scale = createScale(3_620_000, quiet);
    for (const ms of [0, 5000, 10_000, 700_000, 3_610_000, 3_615_000, 3_620_000])
      expect(scale.toTime(scale.toFraction(ms))).toBeCloseTo(ms, 3);
    expect(scale.toFraction(10_000)).toBeGreaterThan(0.3);
    expect(scale.toFraction(3_620_000)).toBe(1);
  });
  test("labels neither touch nor stand in a quiet stretch", () => {
    const quiet = [{ from: 10_000, to: 3_610_000 }];
    const scale = createScale(3_620_000, quiet);
    const labels = ticks(scale, quiet);
    expect(labels[0]).toBe(0);
    expect(labels.filter((ms) => ms > 10_000 && ms < 3_610_000)).toEqual([]);
  });
  test("an empty recording has a scale too", () => {
    const scale = createScale(0, []);
    expect([scale.toFraction(0), scale.toTime(0.5)]).toEqual([0, 0]);
  });
});

describe("the clock", () => {
  const still = { speed: 1, skip: [], end: 100_000 };
  test("goes at its speed and stops at the end", () => {
    expect(advance(1000, { ...still, elapsedMs: 500, speed: 4 })).toBe(3000);
    expect(advance(99_900, { ...still, elapsedMs: 500 })).toBe(100_000);
  });
  test("passes over a quiet stretch without losing the time around it", () => {
    const skip = [{ from: 10_000, to: 60_000 }];
    expect(advance(9000, { ...still, skip, elapsedMs: 1000 })).toBe(10_000);
    expect(advance(10_500, { ...still, skip, elapsedMs: 1000 })).toBe(60_300);
    expect(advance(30_000, { ...still, skip, elapsedMs: 16 })).toBe(59_416);
    expect(advance(59_500, { ...still, skip, elapsedMs: 1000 })).toBe(60_500);
  });
});

describe("the drivers", () => {
  const listen = (): Sink & { told: string[]; events: RecordingEvent[]; errors: UserError[] } => {
    const told: string[] = [];
    const events: RecordingEvent[] = [];
    const errors: UserError[] = [];
    return {
      told,
      events,
      errors,
      live: () => told.push("live"),
      event: (event) => {
        told.push(event.type);
        events.push(event);
      },
      caughtUp: () => told.push("caught up"),
      ended: () => told.push("ended"),
      failed: (error) => {
        told.push("failed");
        errors.push(error);
      },
    };
  };
  const noFollow: Driver = () => {
    throw new Error("must not follow");
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve));

  test("replay reads page after page, in order, and ends", async () => {
    const pages = [
      { live: false, events: [opened], next: 1 },
      { live: false, events: [command(1, 5)] },
    ];
    const sink = listen();
    replayDriver(async (from) => pages[from] ?? { live: false, events: [] }, noFollow)(sink);
    await settled();
    expect(sink.told).toEqual(["opened", "command", "caught up", "ended"]);
  });
  test("replay hands a session that still runs to the live driver, and stops it", async () => {
    let stopped = false;
    const sink = listen();
    const follow: Driver = (heard) => {
      heard.live();
      return () => {
        stopped = true;
      };
    };
    const stop = replayDriver(async () => ({ live: true, events: [opened] }), follow)(sink);
    await settled();
    expect(sink.told).toEqual(["live"]);
    stop();
    expect(stopped).toBe(true);
  });
  test("replay says why a recording cannot be read, and nothing once it was stopped", async () => {
    const sink = listen();
    replayDriver(async () => ({ live: false, events: [{ ...opened, version: 99 }] }), noFollow)(sink);
    await settled();
    expect(sink.errors[0]?.message).toContain("version 99");
    const quiet = listen();
    replayDriver(async () => Promise.reject(new UserError("not_found", "gone")), noFollow)(quiet)();
    await settled();
    expect(quiet.told).toEqual([]);
  });
  test("live tells each frame's event, passes other frames over, and ends", () => {
    let heard: LiveHandlers | undefined;
    const sink = listen();
    liveDriver((handlers) => {
      heard = handlers;
      return () => {};
    })(sink);
    heard?.frame(JSON.stringify({ type: "event", event: opened }));
    heard?.frame(JSON.stringify({ type: "later" }));
    heard?.ended();
    expect(sink.told).toEqual(["live", "opened", "caught up", "ended"]);
  });
  test("live stops at a frame that no version has", () => {
    let heard: LiveHandlers | undefined;
    let stopped = false;
    const sink = listen();
    liveDriver((handlers) => {
      heard = handlers;
      return () => {
        stopped = true;
      };
    })(sink);
    heard?.frame(JSON.stringify({ type: "event", event: { type: "nonsense" } }));
    expect([sink.told.at(-1), stopped]).toEqual(["failed", true]);
  });
});
