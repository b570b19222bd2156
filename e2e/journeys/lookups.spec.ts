import { expect, test } from "../targets/fixtures.ts";

/** A class that may be looked up stays masked, finds its row, and is no way to try values out. */
test("an agent finds customers by known addresses, and the 21st within an hour waits for a person", async ({
  as,
}) => {
  const [agent, reviewer] = await Promise.all([as("demo-agent"), as("demo-reviewer")]);
  const session = await agent.open("shop", "find customers");
  const guesses = Array.from({ length: 10 }, (_, n) => `'guess${n}@nowhere.example'`).join(", ");
  const list = await agent.run(session, `SELECT id, email FROM customers WHERE email IN (${guesses})`);
  expect(list).toMatchObject({ state: "completed", decision: { recentLookups: 10 } });
  expect(list.result?.rows).toEqual([]);
  for (let n = 11; n <= 20; n++) {
    const sql = "SELECT id FROM customers WHERE email = $1";
    const one = await agent.run(session, { sql, parameters: [`guess${n}@nowhere.example`] });
    expect(one).toMatchObject({ state: "completed", decision: { effect: "allow", recentLookups: n } });
  }

  const other = await agent.open("shop", "another session is no way around it");
  const held = await agent.run(other, "SELECT id FROM customers WHERE email = 'guess@nowhere.example'");
  expect(held).toMatchObject({
    state: "held",
    decision: { effect: "review", policies: ["many-lookups"], recentLookups: 21 },
  });
  // What meets no hidden value goes on.
  expect(await agent.run(session, "SELECT id FROM customers WHERE id = 7")).toMatchObject({
    state: "completed",
  });

  const { sha256 } = await reviewer.review(held.review?.id ?? "");
  expect(await reviewer.vote(held.review?.id ?? "", "approve", sha256)).toMatchObject({ status: 200 });
  expect(await agent.until(held.id, ["held", "running"])).toMatchObject({
    state: "completed",
    decision: { recentLookups: 21 },
  });
  // It was counted once, though it was decided twice.
  const next = await agent.run(other, "SELECT id FROM customers WHERE email = 'next@nowhere.example'");
  expect(next).toMatchObject({ state: "held", decision: { recentLookups: 22 } });
  await Promise.all([session, other].map(({ id }) => agent.delete(`/api/sessions/${id}`)));
});
