import { expect, test } from "vitest";
import type { LiveSession } from "../session/sessions.ts";
import type { Asked } from "./asked.ts";
import type { SqlUnderstanding } from "./understand.ts";
import { createTurns } from "./turns.ts";

const live = { exclusive: <T>(work: () => Promise<T>) => work() } as LiveSession;
const patient = new AbortController().signal;
const asked = (action: string, revision = "1") =>
  ({
    understanding: {
      target: { name: "shop" },
      catalog: { revision },
      meaning: { facts: { kind: "sql", actions: [action], outsideTransaction: [] } },
    },
  }) as unknown as Asked<SqlUnderstanding>;

/** Work that tells when it begins and ends, and ends when it is told to. */
function works() {
  const told: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => async () => {
    told.push(`${name} begins`);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    told.push(`${name} ends`);
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { told, work, settle, end: async (name: string) => (ends.get(name)?.(), settle()) };
}

test("reads go side by side, a change alone, and who comes later waits for it", async () => {
  const turns = createTurns({ catalog: async () => ({ revision: "1" }) as never });
  const { told, work, settle, end } = works();
  const all = [
    turns.take(live, asked("sql.select"), patient, work("a")),
    turns.take(live, asked("sql.select"), patient, work("b")),
    turns.take(live, asked("sql.ddl"), patient, work("change")),
    turns.take(live, asked("sql.select"), patient, work("c")),
    turns.take(live, asked("sql.select"), patient, work("d")),
  ];
  await settle();
  expect(told).toEqual(["a begins", "b begins"]);
  await end("b");
  expect(told.at(-1)).toBe("b ends");
  await end("a");
  expect(told.at(-1)).toBe("change begins");
  await end("change");
  expect(told.slice(-2)).toEqual(["c begins", "d begins"]);
  await end("c");
  await end("d");
  await Promise.all(all);
});

test("a change that waited for the last read is alone too, and another one behind it", async () => {
  const turns = createTurns({ catalog: async () => ({ revision: "1" }) as never });
  const { told, work, settle, end } = works();
  const all = [turns.take(live, asked("sql.select"), patient, work("a"))];
  all.push(turns.take(live, asked("sql.ddl"), patient, work("change")));
  await settle();
  await end("a");
  expect(told.at(-1)).toBe("change begins");
  all.push(turns.take(live, asked("sql.select"), patient, work("b")));
  all.push(turns.take(live, asked("sql.ddl"), patient, work("next change")));
  await settle();
  expect(told.at(-1)).toBe("change begins");
  await end("change");
  expect(told.at(-1)).toBe("b begins");
  await end("b");
  expect(told.at(-1)).toBe("next change begins");
  await end("next change");
  await Promise.all(all);
});

test("a command that was judged by another schema does not run", async () => {
  const turns = createTurns({ catalog: async () => ({ revision: "2" }) as never });
  let ran = false;
  const run = turns.take(live, asked("sql.select", "1"), patient, async () => {
    ran = true;
  });
  await expect(run).rejects.toMatchObject({ code: "conflict" });
  expect(ran).toBe(false);
});

test("whoever stops waiting is told at once, does nothing when the turn comes, and keeps nobody waiting", async () => {
  const turns = createTurns({ catalog: async () => ({ revision: "1" }) as never });
  const { told, work, settle, end } = works();
  const first = turns.take(live, asked("sql.ddl"), patient, work("a"));
  const leaving = new AbortController();
  const second = turns.take(live, asked("sql.ddl"), leaving.signal, work("b"));
  const third = turns.take(live, asked("sql.select"), patient, work("c"));
  await settle();
  const reason = new Error("no more");
  leaving.abort(reason);
  await expect(second).rejects.toBe(reason);
  expect(told).toEqual(["a begins"]);
  await end("a");
  expect(told).toEqual(["a begins", "a ends", "c begins"]);
  await end("c");
  await Promise.all([first, third]);
});

test("whoever is stopped once it is their turn ends as their work does", async () => {
  const turns = createTurns({ catalog: async () => ({ revision: "1" }) as never });
  const { told, work, settle, end } = works();
  const leaving = new AbortController();
  const only = turns.take(live, asked("sql.select"), leaving.signal, work("a"));
  await settle();
  leaving.abort(new Error("no more"));
  await end("a");
  await only;
  expect(told).toEqual(["a begins", "a ends"]);
});
