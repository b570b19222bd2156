import { expect, test } from "vitest";
import type { Backend } from "../protocols/postgres/connect/backend.ts";
import { createSlot } from "./slot.ts";

/** Connections by number; `lose` ends one as the target would. */
function connections() {
  const closed: number[] = [];
  const lose: (() => void)[] = [];
  const open = async (): Promise<Backend> => {
    const pid = lose.length + 1;
    return {
      pid,
      closed: new Promise((resolve) => lose.push(() => resolve("lost"))),
      run: () => {
        throw new Error("not run here");
      },
      cancel: async () => {},
      close: async () => void closed.push(pid),
    };
  };
  return { open, closed, lose };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));
const make = () => {
  const abort = new AbortController();
  const errors: unknown[] = [];
  return { abort, errors, slot: createSlot<Backend>(abort.signal, (error) => errors.push(error)) };
};

test("it is opened when first needed, and once", async () => {
  const { slot } = make();
  const { open } = connections();
  const [one, two] = await Promise.all([slot.get(open, "1"), slot.get(open, "1")]);
  expect(two).toBe(one);
});

test("a lost one, a dropped one and one opened with other pins are replaced", async () => {
  const { slot } = make();
  const { open, closed, lose } = connections();
  await slot.get(open, "1");
  lose[0]?.();
  await settle();
  expect((await slot.get(open, "1")).pid).toBe(2);
  slot.drop();
  expect((await slot.get(open, "1")).pid).toBe(3);
  expect((await slot.get(open, "2")).pid).toBe(4);
  await settle();
  expect(closed).toEqual([2, 3]);
});

test("one that cannot be opened is tried again", async () => {
  const { slot } = make();
  const { open } = connections();
  await expect(slot.get(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  expect((await slot.get(open)).pid).toBe(1);
});

test("the end of the session closes it, also while it is being opened", async () => {
  const { slot, abort } = make();
  const { open, closed } = connections();
  const opening = slot.get(open);
  abort.abort(new Error("session closed"));
  await expect(opening).rejects.toThrow("session closed");
  await settle();
  expect(closed).toEqual([1]);
  await expect(slot.get(open)).rejects.toThrow("session closed");
});

test("one that does not close is told of", async () => {
  const { slot, errors } = make();
  const { open } = connections();
  await slot.get(async () => ({ ...(await open()), close: () => Promise.reject(new Error("stuck")) }));
  slot.drop();
  await settle();
  expect(errors).toEqual([new Error("stuck")]);
});
