import { afterEach, expect, test } from "vitest";
import { createPool } from "./pool.ts";

const script = new URL("./testing-worker.js", import.meta.url);
/** So long that a loaded machine answers in it; the hung thread alone waits for it. */
const deadlineMs = 1_500;
let close = () => {};
afterEach(() => close());

function open(options: { workers?: number; maxQueue?: number } = {}) {
  const pool = createPool({ workers: 1, deadlineMs, maxQueue: 16, script, ...options });
  ({ close } = pool);
  return { run: (text: string) => pool.run(text, "all") };
}

test.each([
  ["hang", "hung"],
  ["crash", "broken"],
  ["exit", "broken"],
  ["confuse", "broken"],
  ["overflow", "overflow"],
])("a thread told to %s answers %s, and the next text is unharmed", async (text, fault) => {
  const pool = open();
  expect(await pool.run("before")).toMatchObject({ ok: true, tree: "before" });
  const [wrong, waiting] = await Promise.all([pool.run(text), pool.run("behind it")]);
  expect(wrong).toMatchObject({ ok: false, fault });
  expect(waiting).toMatchObject({ ok: true, tree: "behind it" });
  expect(await pool.run("after")).toMatchObject({ ok: true, tree: "after" });
});

test("while one thread hangs the others go on", async () => {
  const pool = open({ workers: 2 });
  const order: string[] = [];
  const told = (text: string) => pool.run(text).then(() => order.push(text));
  await Promise.all([told("hang"), ...Array.from({ length: 8 }, (_, index) => told(`text ${index}`))]);
  expect(order.at(-1)).toBe("hang");
});

test("more than may wait are told so at once", async () => {
  const pool = open({ maxQueue: 2 });
  const answers = await Promise.all(["hang", "second", "third", "fourth"].map((text) => pool.run(text)));
  expect(answers.filter((answer) => !answer.ok && answer.fault === "busy").length).toBeGreaterThan(0);
});
