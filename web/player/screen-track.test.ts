import { SerializeAddon } from "@xterm/addon-serialize";
import headless from "@xterm/headless";
import { describe, expect, test } from "vitest";
import {
  checkpointCharacters,
  createCheckpoints,
  createScreenTrack,
  createScreenView,
  keptCharacters,
  type Readable,
} from "./screen-track.ts";

/** A real terminal, and what was written to it. */
function terminal() {
  const term = new headless.Terminal({ cols: 80, rows: 24, scrollback: 0, allowProposedApi: true });
  const serializer = new SerializeAddon();
  term.loadAddon(serializer);
  const written: string[] = [];
  const emulator: Readable = {
    write: (text, done) => {
      written.push(text);
      term.write(text, done);
    },
    resize: (columns, rows) => term.resize(columns, rows),
    reset: () => term.reset(),
    read: () => ({ columns: term.cols, rows: term.rows, screen: serializer.serialize() }),
  };
  const text = () =>
    Array.from({ length: term.rows }, (_, line) => term.buffer.active.getLine(line)?.translateToString(true))
      .join("\n")
      .trimEnd();
  return { emulator, text, written, size: () => [term.cols, term.rows] };
}

/** A line a step: `n`, with something before it that colours and clears. */
const line = (n: number) => ({ at: n * 10, text: `\u001b[3${n % 8}mline ${n}\u001b[0m\r\n` });

describe("a terminal's screen through time", () => {
  test("is at each moment what a terminal shows that was sent all up to it", async () => {
    const track = createScreenTrack();
    track.add({ at: 0, columns: 40, rows: 5 });
    for (let n = 1; n <= 50; n++) track.add(line(n));
    track.add({ at: 505, columns: 60, rows: 8 });
    track.add({ at: 600, text: "\u001b[2J\u001b[Hend" });
    const shown = terminal();
    const view = createScreenView(track, shown.emulator);
    for (const [at, expected, size] of [
      [30, "line 1\nline 2\nline 3", [40, 5]],
      [10, "line 1", [40, 5]],
      [9999, "end", [60, 8]],
      [500, "line 47\nline 48\nline 49\nline 50", [40, 5]],
    ] as const) {
      view.show(track.until(at));
      await view.settled;
      expect(shown.text()).toBe(expected);
      expect(shown.size()).toEqual(size);
    }
  });

  test("is reached from the nearest checkpoint, never from the beginning", async () => {
    const track = createScreenTrack();
    track.add({ at: 0, columns: 80, rows: 24 });
    const marker = createCheckpoints(track, terminal().emulator);
    const filler = "x".repeat(1000);
    for (let n = 1; n <= 2000; n++) track.add({ at: n, text: `\r${filler}\r\nstep ${n}` });
    marker.grown(track.length);
    await marker.settled;
    const shown = terminal();
    const view = createScreenView(track, shown.emulator);
    for (const at of [2000, 700, 1500]) {
      const before = shown.written.join("").length;
      view.show(track.until(at));
      await view.settled;
      expect(shown.text().endsWith(`step ${at}`)).toBe(true);
      expect(shown.written.join("").length - before).toBeLessThan(3 * checkpointCharacters);
    }
  });

  test("follows the newest wish; what was asked for before is left out", async () => {
    const track = createScreenTrack();
    for (let n = 0; n < 100; n++) track.add(line(n));
    const shown = terminal();
    const view = createScreenView(track, shown.emulator);
    view.show(0);
    for (const step of [100, 3, 60, 2]) view.show(step);
    await view.settled;
    expect(shown.text()).toBe("line 0\nline 1");
  });

  test("keeps a bounded text: the oldest goes, and what a checkpoint knows of it stays", async () => {
    const track = createScreenTrack();
    const big = "y".repeat(4 * 1024 * 1024);
    track.add({ at: 0, text: "first" });
    track.mark({ step: 1, columns: 80, rows: 24, screen: "first" });
    const steps = keptCharacters / big.length + 2;
    for (let n = 1; n <= steps; n++) {
      track.add({ at: n, text: big });
      track.mark({ step: n + 1, columns: 80, rows: 24, screen: `after ${n}` });
    }
    expect(track.step(0)).toBeUndefined();
    expect(track.step(1)).toBeUndefined();
    expect(track.step(track.length - 1)).toBeDefined();
    const shown = terminal();
    const view = createScreenView(track, shown.emulator);
    view.show(track.until(1));
    await view.settled;
    expect(shown.text()).toBe("after 1");
  });

  test("steps that came out of order keep their order", () => {
    const track = createScreenTrack();
    for (const at of [5, 9, 7, 12]) track.add({ at, text: "" });
    expect([4, 5, 8, 9, 12].map((at) => track.until(at))).toEqual([0, 1, 1, 3, 4]);
  });
});
