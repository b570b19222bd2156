import { expect, test } from "vitest";
import { together } from "./together.ts";

/** A store that answers when it is told to. */
function slowStore() {
  const asked: { items: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const ask = (items: readonly number[]) =>
    new Promise<(item: number) => number>((resolve, reject) => {
      asked.push({ items, answer: () => resolve((item) => item * 10), fail: reject });
    });
  return { asked, ask };
}

/** Lets everything run that waits for nothing. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("one is asked at once; those that come meanwhile share the next question, up to its size", async () => {
  const { asked, ask } = slowStore();
  const of = together(3, ask);
  const answers = Promise.all([1, 2, 3, 4, 5].map((item) => of(item)));
  for (let at = 0; at < 3; at++) {
    await settled();
    expect(asked).toHaveLength(at + 1);
    asked[at]?.answer();
  }
  expect(await answers).toEqual([10, 20, 30, 40, 50]);
  expect(asked.map(({ items }) => items)).toEqual([[1], [2, 3, 4], [5]]);
});

test("where a shared question fails each is asked alone, and its own failure is told", async () => {
  const of = together(10, async (items: readonly number[]) => {
    if (items.includes(2)) throw new Error(`refused: ${items.join()}`);
    return (item) => item * 10;
  });
  const answers = await Promise.allSettled([1, 2, 3].map((item) => of(item)));
  expect(answers.map((one) => (one.status === "fulfilled" ? one.value : String(one.reason)))).toEqual([
    10,
    "Error: refused: 2",
    30,
  ]);
  expect(await of(4)).toBe(40);
});
