import { afterAll, beforeAll, expect, test } from "vitest";
import { Actor } from "../../shared/nouns/actor.ts";
import { freshDatabase } from "../db/testing.ts";
import type { Refusal } from "../../shared/contract/errors.ts";
import { createRates } from "./rates.ts";
import { createTickets } from "./tickets.ts";

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
beforeAll(async () => {
  fresh = await freshDatabase({ migrate: true });
});
afterAll(() => fresh.drop());

let clock = Date.parse("2026-11-20T10:00:00Z");
const tickets = () => createTickets({ database: fresh.database, now: () => clock });
const actor = (subject: string) =>
  Actor.parse({
    id: `issuer.test|${subject}`,
    kind: "human",
    name: subject,
    issuer: "https://issuer.test",
    subject,
    groups: ["g"],
    roles: ["engineer"],
    person: subject,
    tokenExpiresAt: "2026-11-20T11:00:00.000Z",
  });
const path = "/api/sessions/ses_1/stream";

test("a ticket gives back its actor, once, to any process", async () => {
  const { ticket, expiresAt } = await tickets().issue(actor("ada"), path);
  expect(ticket).toMatch(/^tkt_/);
  expect(Date.parse(expiresAt) - clock).toBeLessThanOrEqual(30_000);
  const takers = await Promise.allSettled([1, 2, 3].map(() => tickets().redeem(ticket, path)));
  const taken = takers.filter((each) => each.status === "fulfilled");
  expect(taken.map((each) => each.value)).toEqual([actor("ada")]);
});

test("for another purpose it is refused, and used up", async () => {
  const { ticket } = await tickets().issue(actor("ada"), path);
  await expect(tickets().redeem(ticket, "/api/other")).rejects.toMatchObject({ code: "ticket_invalid" });
  await expect(tickets().redeem(ticket, path)).rejects.toMatchObject({ code: "ticket_invalid" });
});

test("it ends with its time and with the token that fetched it", async () => {
  const { ticket } = await tickets().issue(actor("ada"), path);
  clock += 30_000;
  await expect(tickets().redeem(ticket, path)).rejects.toMatchObject({ code: "ticket_invalid" });
  const ending = { ...actor("ada"), tokenExpiresAt: new Date(clock + 1_000).toISOString() };
  const late = await tickets().issue(ending, path);
  clock += 2_000;
  await expect(tickets().redeem(late.ticket, path)).rejects.toMatchObject({ code: "ticket_invalid" });
});

test("the store never holds a ticket that could be used", async () => {
  const { ticket } = await tickets().issue(actor("ada"), path);
  const { rows } = await fresh.database.pool.query("select t::text as text from tickets t");
  expect(JSON.stringify(rows)).not.toContain(ticket);
});

test("one actor cannot fill the store, also where all come at once", async () => {
  const issue = () => tickets().issue(actor("eve"), path);
  const issued = await Promise.allSettled(Array.from({ length: 80 }, issue));
  expect(issued.filter(({ status }) => status === "fulfilled")).toHaveLength(50);
  await expect(issue()).rejects.toMatchObject({ code: "rate_limited" });
  await expect(tickets().issue(actor("ada"), path)).resolves.toBeDefined();
  clock += 31_000;
  await expect(issue()).resolves.toBeDefined();
});

test("a flood of bad tickets ends at a bound, and never asks the store for what can be none", async () => {
  const limited = createTickets({
    database: fresh.database,
    now: () => clock,
    refused: createRates({ perSecond: 1, atOnce: 20, what: "tickets", now: () => clock }),
  });
  const code = (ticket: string, from: string) =>
    limited.redeem(ticket, path, from).then(
      () => "taken",
      (error: Refusal) => error.code,
    );
  await fresh.database.pool.query("alter table tickets rename to hidden");
  for (const ticket of ["", "tkt_", "x".repeat(43), `tkt_${"a".repeat(33)}`, "tkt_' or true --".padEnd(36)])
    expect(await code(ticket, "192.0.2.1")).toBe("ticket_invalid");
  await fresh.database.pool.query("alter table hidden rename to tickets");
  const good = await limited.issue(actor("ada"), path);
  const codes: string[] = [];
  for (let n = 0; n < 30; n++) codes.push(await code(`tkt_${String(n).padStart(32, "0")}`, "192.0.2.1"));
  expect(codes).toEqual([...Array(15).fill("ticket_invalid"), ...Array(15).fill("rate_limited")]);
  expect(await code(good.ticket, "192.0.2.1")).toBe("rate_limited");
  expect(await code(good.ticket, "192.0.2.2")).toBe("taken");
});
