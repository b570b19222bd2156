import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SerializeAddon } from "@xterm/addon-serialize";
import headless from "@xterm/headless";
import fc from "fast-check";
import { expect, test } from "vitest";
import { newCommandId } from "../../shared/ids.ts";
import { createScreenState } from "./screen-state.ts";

const size = { columns: 20, rows: 5 };

/** What a terminal that reads everything at once shows. */
async function readAtOnce(text: string): Promise<string> {
  const terminal = new headless.Terminal({
    ...{ cols: size.columns, rows: size.rows },
    ...{ scrollback: 0, allowProposedApi: true },
  });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  return serializer.serialize();
}

async function readLate(pieces: readonly string[]): Promise<string> {
  const state = createScreenState(size);
  for (const piece of pieces) await state.write(piece);
  return (await state.serialize()).screen;
}

/** More than may wait, of lines of every length that ends within a screen or goes over it. */
const flood = (seed: number): string =>
  Array.from({ length: 9_000 }, (_, n) => `${"x".repeat((n * 7 + seed) % 23)}${n}\r\n`).join("");

test("lines that have scrolled out leave nothing on the screen", async () => {
  const pieces = ["\u001b[2J\u001b[H", "a".repeat(150), "\u001b[H", flood(1), flood(2), "the end"];
  expect(await readLate(pieces)).toBe(await readAtOnce(pieces.join("")));
});

test("lines stay where only some rows scroll, and where the cursor stands below those", async () => {
  for (const before of [
    "\u001b[2;4r\u001b[3H",
    "top\r\n\u001b[1;3r\u001b[5Hlong enough",
    "\u001b[2;4r\u001b[r",
  ]) {
    const pieces = [before, `${"#".repeat(19)}\r\n`, "short\r\n".repeat(10_000), "the end"];
    expect(await readLate(pieces)).toBe(await readAtOnce(pieces.join("")));
  }
});

test("whatever a program prints, what is shown in the end is what a terminal shows that reads everything", async () => {
  const piece = fc.oneof(
    fc.nat(100).map(flood),
    fc.constantFrom(
      ...[
        "\u001b[31m",
        "\u001b[0m",
        "\u001b[44m",
        "\u001b[H",
        "\u001b[2J",
        "\u001b[2;4r",
        "\u001b[r",
        "\u001b[4h",
      ],
      ...[
        "\u001b[?1049h",
        "\u001b[?1049l",
        "\u001b[?7l",
        "\u001b[?6h",
        "\u001bM",
        "\u001b[3A",
        "\u001b[10X",
        "\u001bc",
      ],
      ...[
        "\r",
        "\n",
        "\t",
        "\u0008",
        "\u000e",
        "words of a line",
        "grün 日本語 👩‍👩‍👧",
        "\r\n",
        "\u001b(0",
        "\u001b7",
        "\u001b8",
      ],
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
      expect(await readLate(pieces)).toBe(await readAtOnce(pieces.join("")));
    }),
    { numRuns: 60 },
  );
});

test("a new size holds for what was printed after it", async () => {
  const state = createScreenState(size);
  await state.write(`${"x".repeat(30)}\r\n`);
  await state.resize(40, 5);
  await state.write("y".repeat(30));
  expect((await state.serialize()).screen).toContain("y".repeat(30));
});

test("where a line was entered moves with it, and is forgotten once it has scrolled out", async () => {
  const state = createScreenState(size);
  const enter = async (line: string) => {
    await state.write(line);
    const command = newCommandId();
    await state.mark(command, false);
    await state.write("\r\n");
    return command;
  };
  const rows = async () => (await state.serialize()).marks;
  const out = await enter("$ one");
  const wrapped = await enter(`$ ${"x".repeat(30)}`);
  const last = await enter("$ three");
  expect(await rows()).toEqual([
    { command: out, row: 0 },
    { command: wrapped, row: 1 },
    { command: last, row: 3 },
  ]);
  await state.write("\u001b[?1049hdrawn");
  await enter("in an editor");
  await state.write("\u001b[?1049l\r\n");
  expect(await rows()).toEqual([
    { command: wrapped, row: 0 },
    { command: last, row: 2 },
  ]);
});

test("others have their turn while a screen is cleared over and over, however large it is", async () => {
  const state = createScreenState({ columns: 1_000, rows: 500 });
  await state.write("\u001b[2J".repeat(1_000));
  let turns = 0;
  const count = () => (turns += 1);
  const looking = setInterval(count, 0);
  await state.serialize();
  clearInterval(looking);
  expect(turns).toBeGreaterThan(5);
});

test("where links lead is not kept, however many are drawn on one line", async () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  const heap = (): number => {
    if (typeof collect === "function") collect();
    return process.memoryUsage().heapUsed;
  };
  const state = createScreenState(size);
  const before = heap();
  for (let link = 0; link < 20_000; link++)
    await state.write(`\u001b]8;id=${link};https://example.org/${"x".repeat(1_000)}${link}\u0007a\r`);
  expect((await state.serialize()).screen).toContain("a");
  expect(heap() - before).toBeLessThan(20_000 * 500);
});
