import { expect, test } from "vitest";
import { canonicalJson } from "../../shared/canonical.ts";
import type { Entry } from "../../shared/nouns/entry.ts";
import { hex } from "../../shared/recording/primitives.ts";
import { checkChain } from "./ledger-chain.ts";
import { bodyLine, entryWords, groupOf } from "./ledger-words.ts";

const sha256 = async (text: string) =>
  hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));

async function chain(length: number, from = 1): Promise<Entry[]> {
  let previous = (from === 1 ? "0" : "a").repeat(64);
  const entries: Entry[] = [];
  for (let seq = from; seq < from + length; seq++) {
    const body = { state: "failed" };
    const hashed = {
      seq,
      at: "2026-01-01T00:00:00Z",
      kind: "command.outcome" as const,
      actor: "a",
      session: null,
      command: null,
      bodyHash: await sha256(canonicalJson(body)),
    };
    const hash = await sha256(previous + canonicalJson(hashed));
    entries.push({ ...hashed, body, previous, hash });
    previous = hash;
  }
  return entries;
}

test("a page holds from its first entry on, wherever it begins", async () => {
  expect(await checkChain(await chain(3))).toEqual({ state: "holds", from: 1, to: 3 });
  expect(await checkChain(await chain(2, 50))).toEqual({ state: "holds", from: 50, to: 51 });
  expect(await checkChain([])).toBeUndefined();
});
test("an altered entry, a missing one and a false beginning are named", async () => {
  const altered = (await chain(3)).map((entry) =>
    entry.seq === 2 ? { ...entry, body: { state: "completed" } } : entry,
  );
  expect(await checkChain(altered)).toMatchObject({ state: "broken", seq: 2 });
  // A body that retention removed is missed by the whole ledger's check; its entry holds.
  const bodiless = (await chain(3)).map((entry) => (entry.seq === 2 ? { ...entry, body: null } : entry));
  expect(await checkChain(bodiless)).toMatchObject({ state: "holds" });
  expect(await checkChain((await chain(3)).filter(({ seq }) => seq !== 2))).toMatchObject({
    state: "broken",
    seq: 3,
  });
  const [first] = await chain(1);
  if (first === undefined) throw new Error("no entry");
  expect(await checkChain([{ ...first, previous: "b".repeat(64) }])).toMatchObject({
    state: "broken",
    seq: 1,
  });
});
test("an entry is told by how it ended, and by its command", async () => {
  const [entry] = await chain(1);
  if (entry === undefined) throw new Error("no entry");
  expect(entryWords(entry)).toEqual({ word: "Outcome", verdict: "failed" });
  expect(bodyLine({ ...entry, body: { sql: "SELECT\n 1" } })).toEqual({ text: "SELECT 1", code: true });
  expect(groupOf("review.vote")).toBe("reviews");
});
