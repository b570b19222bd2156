import { expect, test } from "vitest";
import { eventPage } from "./event-page.ts";

async function* events(text: string, count: number, taken: (count: number) => void = () => {}) {
  for (let event = 1; event <= count; event++) {
    taken(event);
    yield text;
  }
}

test("a page has so many events, or fewer where they are large, and says that more may follow", async () => {
  expect(await eventPage(events("{}", 3), Infinity)).toEqual({ events: ["{}", "{}", "{}"], isFull: false });
  expect(await eventPage(events("{}", 3), 2)).toEqual({ events: ["{}", "{}"], isFull: false });
  expect(await eventPage(events("{}", 5_000), Infinity)).toMatchObject({
    events: { length: 2_000 },
    isFull: true,
  });
  let read = 0;
  const large = await eventPage(
    events("x".repeat(3 * 1024 * 1024), 5_000, (event) => (read = event)),
    Infinity,
  );
  expect(large).toMatchObject({ events: { length: 3 }, isFull: true });
  expect(read).toBe(3);
});
