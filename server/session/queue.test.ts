import { expect, test } from "vitest";
import { createQueue } from "./queue.ts";

function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}
const make = (maxWaiting = 2) => {
  const abort = new AbortController();
  return { abort, queue: createQueue({ maxWaiting, signal: abort.signal }) };
};

test("work runs one at a time and in order, also after a failure", async () => {
  const { queue } = make();
  const first = gate();
  const seen: string[] = [];
  const one = queue.exclusive(async () => {
    await first.passed;
    seen.push("one");
    throw new Error("failed");
  });
  const two = queue.exclusive(async () => seen.push("two"));
  const three = queue.exclusive(async () => seen.push("three"));
  expect(queue.busy()).toBe(true);
  first.open();
  await expect(one).rejects.toThrow("failed");
  await Promise.all([two, three]);
  expect(seen).toEqual(["one", "two", "three"]);
  expect(queue.busy()).toBe(false);
});

test("more than may wait are told so", async () => {
  const { queue } = make();
  const first = gate();
  const accepted = [
    queue.exclusive(() => first.passed),
    queue.exclusive(async () => {}),
    queue.exclusive(async () => {}),
  ];
  await expect(queue.exclusive(async () => {})).rejects.toMatchObject({ code: "session_busy" });
  first.open();
  await Promise.all(accepted);
  await queue.exclusive(async () => {});
});

test("who waits is let go at an abort, and nothing more runs", async () => {
  const { queue, abort } = make();
  const [first, started] = [gate(), gate()];
  let ran = false;
  const one = queue.exclusive(() => {
    started.open();
    return first.passed;
  });
  const two = queue.exclusive(async () => {
    ran = true;
  });
  await started.passed;
  abort.abort(new Error("closed"));
  await expect(two).rejects.toThrow("closed");
  first.open();
  await one;
  await expect(queue.exclusive(async () => {})).rejects.toThrow("closed");
  expect(ran).toBe(false);
});
