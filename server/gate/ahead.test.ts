import { expect, test } from "vitest";
import { ahead } from "./ahead.ts";

/** Counts to `last`, and waits there for `stop` or for ever; tells what was asked of it. */
function counter(last: number, then: (stopped: Promise<void>) => Promise<void> = () => Promise.resolve()) {
  const asked: (number | "left")[] = [];
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const source = (async function* () {
    try {
      for (let n = 1; n <= last; n++) {
        asked.push(n);
        yield n;
      }
      await then(stopped);
    } finally {
      asked.push("left");
    }
  })();
  return { source, asked, stop };
}

test("the next is asked for while the last is read, and all come in order", async () => {
  const { source, asked, stop } = counter(3);
  const seen: number[] = [];
  for await (const n of ahead(source, stop)) {
    seen.push(n);
    if (n < 3) expect(asked).toEqual(Array.from({ length: n + 1 }, (_, at) => at + 1));
  }
  expect(seen).toEqual([1, 2, 3]);
});

test("a reader who leaves stops what the source waits for, and the source is left", async () => {
  const { source, asked, stop } = counter(1, (stopped) => stopped);
  for await (const n of ahead(source, stop)) if (n === 1) break;
  expect(asked).toEqual([1, "left"]);
});

test("what fails comes behind what came before it, and has nothing left to be stopped", async () => {
  const { source } = counter(1, () => Promise.reject(new Error("lost")));
  const seen: number[] = [];
  let stops = 0;
  const read = async () => {
    for await (const n of ahead(source, () => void stops++)) seen.push(n);
  };
  await expect(read()).rejects.toThrow("lost");
  expect([seen, stops]).toEqual([[1], 0]);
});
