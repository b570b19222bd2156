import { expect, test } from "vitest";
import { createInbox } from "./inbox.ts";
import { createPresences } from "./presence.ts";

const nobody = () => {
  throw new Error("nothing fails");
};

function inboxOf(waiting = { bytes: 0 }) {
  const over = new AbortController();
  const inbox = createInbox({ maxFrames: 4, maxBytes: 100, waiting, until: over.signal, failed: nobody });
  const done: string[] = [];
  /** Takes a frame whose work lasts until the function that it gives is called. */
  const take = (name: string, { lane = "orders", bytes = 1 } = {}) => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const taken = inbox.take({
      ...{ lane, bytes },
      work: async () => {
        done.push(name);
        await finished;
      },
    });
    return { taken, finish };
  };
  return { over, inbox, take, done };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("frames are handled in the order of their lane, and lanes do not wait for one another", async () => {
  const { take, done } = inboxOf();
  const first = take("first");
  take("second");
  take("key", { lane: "keys" });
  await settled();
  expect(done).toEqual(["first", "key"]);
  first.finish();
  await settled();
  expect(done).toEqual(["first", "key", "second"]);
});

test("what waits is bounded in number, and what was handled gives its place back", async () => {
  const { take } = inboxOf();
  const first = take("first");
  for (const name of ["second", "third", "fourth"]) expect(take(name).taken).toBe(true);
  expect(take("fifth").taken).toBe(false);
  first.finish();
  await settled();
  expect(take("sixth").taken).toBe(true);
});

test("what waits is bounded in bytes, in all of an actor's sockets together", async () => {
  const waiting = { bytes: 0 };
  const [one, other, another] = [inboxOf(waiting), inboxOf(waiting), inboxOf()];
  const large = one.take("large", { bytes: 90 });
  expect(other.take("more", { bytes: 11 }).taken).toBe(false);
  expect(another.take("somebody else's", { bytes: 11 }).taken).toBe(true);
  large.finish();
  await settled();
  expect(other.take("more", { bytes: 11 }).taken).toBe(true);
});

test("nothing that waited is handled once it is over, and its bytes wait no more", async () => {
  const waiting = { bytes: 0 };
  const { over, take, done } = inboxOf(waiting);
  const first = take("first");
  take("second", { bytes: 50 });
  await settled();
  over.abort();
  first.finish();
  await settled();
  expect(done).toEqual(["first"]);
  expect(waiting.bytes).toBe(0);
});

test("an actor has so many sockets open, which all count what waits in one, and others are unharmed", () => {
  const presences = createPresences(2);
  const [first, second] = [new AbortController(), new AbortController()];
  expect(presences.enter("mara", first.signal)).toBe(presences.enter("mara", second.signal));
  expect(presences.enter("mara", new AbortController().signal)).toBeUndefined();
  expect(presences.enter("tomas", new AbortController().signal)).toBeDefined();
  first.abort();
  expect(presences.enter("mara", new AbortController().signal)).toBeDefined();
});
