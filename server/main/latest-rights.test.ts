import { afterAll, beforeAll, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import { loadConfig } from "../config/load.ts";
import { createApp } from "../door/app.ts";
import { createMetrics } from "../door/metrics.ts";
import { createRates } from "../identity/rates.ts";
import { createTickets } from "../identity/tickets.ts";
import { layGround, write, type Ground } from "./testing-ground.ts";
import {
  addTarget,
  engineer,
  openGateway,
  policies,
  reviewer,
  settingsOf,
  type TestGateway,
} from "./testing.ts";

/** Two devices of one reviewer, through the door: the token of one was made before that of the other. */
let ground: Ground;
let gateway: TestGateway;
let app: ReturnType<typeof createApp>;

const madeAt = (minute: number, groups: string[]): Actor => ({
  ...{ ...reviewer, groups },
  issuedAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
});
/** By bearer token. */
const tokens: Record<string, Actor> = {
  first: madeAt(1, ["reviewers"]),
  lost: madeAt(2, []),
  regained: madeAt(3, ["reviewers"]),
};

beforeAll(async () => {
  ground = await layGround();
  gateway = await openGateway(ground.store.url, ground.folder);
  await gateway.policies.put(policies, { by: "test", comment: "", managed: false });
  await addTarget(gateway, "prod", { url: ground.shop.url });
  const { database, now } = gateway;
  app = createApp({
    ...gateway,
    ...loadConfig(settingsOf(ground.store.url, ground.folder), ground.folder),
    version: "test",
    identity: {
      async authenticate(bearer) {
        const actor = tokens[bearer];
        if (actor === undefined) throw new Refusal("token_invalid", "It is none of these.");
        return actor;
      },
    },
    tickets: createTickets({ database, now }),
    requests: createRates({ perSecond: 100, atOnce: 1_000, what: "requests", now }),
    metrics: createMetrics({
      openSessions: async () => 0,
      ledgerHead: async () => 0,
      evidence: gateway.journal.evidence.status,
      alarms: () => 0,
    }),
    log: ({ error }) => gateway.errors.push(error),
    notReady: async () => [],
    stopping: new AbortController().signal,
    portal: undefined,
  });
});
afterAll(async () => {
  await gateway?.stop();
  await ground?.remove();
});

const call = async (bearer: string, path: string, body?: object) => {
  const headers = {
    host: "sluice.test",
    authorization: `Bearer ${bearer}`,
    "content-type": "application/json",
  };
  const asked = { headers, ...(body && { method: "POST", body: JSON.stringify(body) }) };
  // It comes over no connection of its own.
  const answer = await app.request(`https://sluice.test${path}`, asked, {});
  return { status: answer.status, body: Object(await answer.json()) };
};

test("a vote takes the groups that the latest token leaves; what the next one regains counts at once", async () => {
  const session = await gateway.gate.open(engineer, "prod", "votes");
  const input = { sql: write(1), parameters: [], maxRows: 10 };
  const { id, settled } = await gateway.gate.submit({ actor: engineer, session: session.id, input });
  await settled;
  const review = await gateway.approvals.forCommand(id);
  if (review === undefined) throw new Error("it is held");
  const path = `/api/reviews/${review.id}`;
  const vote = (bearer: string) =>
    call(bearer, `${path}/votes`, { verdict: "approve", sha256: review.sha256 });

  expect(await call("first", path)).toMatchObject({ status: 200 });
  expect(await call("lost", path)).toMatchObject({ status: 404 });
  expect(await vote("first")).toMatchObject({ status: 404 });
  expect(await vote("regained")).toMatchObject({ status: 200, body: { state: "approved" } });
  // The device whose token is behind takes nothing from what was decided.
  await call("lost", "/api/me");
  await call("first", "/api/me");
  await expect
    .poll(async () => (await gateway.gate.command(id, engineer)).state, { timeout: 30_000 })
    .toBe("completed");
  expect(await ground.runs(1)).toBe(1);
  expect(gateway.errors).toEqual([]);
});
