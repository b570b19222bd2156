import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CommandId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { TargetInput } from "../../shared/nouns/target.ts";
import { freshDatabase } from "../db/testing.ts";
import { actorOf } from "../policy/testing.ts";
import { openGateway, type TestGateway } from "./testing.ts";

const text = readFileSync(new URL("../demo/policies.cedar", import.meta.url), "utf8");
const [mara, jonas] = [
  actorOf("human", ["engineers"], "mara"),
  actorOf("human", ["administrators"], "jonas"),
];
const reviewer = (name: string): Actor => ({
  ...actorOf("human", ["shop-reviewers"], name),
  roles: ["reviewer"],
});
const [tomas, priya] = [reviewer("tomas"), reviewer("priya")];

type Fresh = Awaited<ReturnType<typeof freshDatabase>>;
let store: Fresh;
let shop: Fresh;
let folder: string;
/** Where commands run, and where things are taken away. */
let here: TestGateway;
let there: TestGateway;
/** Holds the row that commands wait for. */
let holder: pg.Client;
/** Aborted where a test took too long: what it waits for is no other test's. */
let over: AbortSignal;

const putTarget = (name: "prod" | "staging", changes: Partial<TargetInput> = {}) => {
  const { hostname: host, port, pathname, username: user } = new URL(shop.url);
  const input = { kind: "postgres", host, port: Number(port), database: pathname.slice(1), user, tls: "off" };
  return there.targets.put(name, TargetInput.parse({ ...input, tags: { env: name }, ...changes }), {
    managed: false,
  });
};
const putPolicies = (changed: string) =>
  there.policies.put(changed, { by: "test", comment: "", managed: false });

beforeAll(async () => {
  [store, shop] = await Promise.all([freshDatabase({ migrate: true }), freshDatabase()]);
  folder = mkdtempSync(join(tmpdir(), "sluice-revoke-"));
  await shop.database.pool.query(
    "create table orders (id int primary key, note text); insert into orders values (1, '')",
  );
  here = await openGateway(store.url, folder);
  there = await openGateway(store.url, folder);
});
beforeEach(async ({ signal }) => {
  over = signal;
  holder = new pg.Client({ connectionString: shop.url });
  await holder.connect();
  await holder.query("begin; update orders set note = 'held' where id = 1");
  await until(async () => [...(await here.blocks.list()), ...(await there.blocks.list())].length === 0);
  await putPolicies(text);
  await Promise.all([putTarget("prod"), putTarget("staging")]);
  // What was put there is heard of here a moment later.
  await Promise.all([here.policies.current(true), here.targets.list(true)]);
});
afterEach(async () => {
  await holder.query("rollback");
  await holder.end();
  for (const { id } of await here.sessions.list(mara)) await here.gate.end(id, mara);
  await store.database.pool.query("delete from actor_blocks");
});
afterAll(async () => {
  await here.stop();
  await there.stop();
  await Promise.all([store.drop(), shop.drop()]);
  rmSync(folder, { recursive: true, force: true });
});

const update = { sql: "UPDATE orders SET note = 'mine' WHERE id = 1", parameters: [], maxRows: 10 };

/** Asks until it is so, with `here` sweeping as a gateway does every second. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    over.throwIfAborted();
    await here.gate.sweep();
  }
}
/** What the sessions' connections do at the target, by session. */
const waiting = async ({ id }: Session) =>
  (
    await shop.database.pool.query(
      "select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'",
      [`sluice/${id}`],
    )
  ).rowCount === 1;

/** A command that runs, waiting for a row, and one that waits for a reviewer; of two sessions, in one process. */
async function work(actor: Actor = mara) {
  const [staging, prod] = [
    await here.gate.open(actor, "staging", "to be revoked"),
    await here.gate.open(actor, "prod", "to be revoked"),
  ];
  const running = await here.gate.submit({ actor, session: staging.id, input: update });
  const held = await here.gate.submit({ actor, session: prod.id, input: update });
  expect(await held.settled).toMatchObject({ state: "held" });
  await until(() => waiting(staging));
  return { staging, prod, running, held };
}
const stateOf = async (id: CommandId) => (await here.journal.commands.get(id))?.command.state;
const closedBecause = async ({ id }: Session) => (await here.sessions.get(id, mara)).closedBecause;
const entries = async (session: Session | null) =>
  (
    await store.database.pool.query<{ kind: string; actor: string | null; body: Record<string, unknown> }>(
      "select kind, actor, body::json from ledger where session is not distinct from $1 order by seq",
      [session?.id ?? null],
    )
  ).rows;

/** Ends it in the store, and tells no process. */
const endUnheard = ({ id }: Session) =>
  store.database.pool.query(
    "update sessions set closed_at = now(), closed_because = 'killed' where id = $1",
    [id],
  );

/** Waits until all that `work` began has ended for this reason, also at the target and in the evidence; gives the sentence. */
async function endOf(
  { staging, prod, running, held }: Awaited<ReturnType<typeof work>>,
  because: string,
): Promise<string | undefined> {
  await until(async () => (await stateOf(running.id)) !== "running");
  const { state, error } = await running.settled;
  expect({ state, code: error?.code }).toEqual({ state: "cancelled", code: "session_closed" });
  await until(async () => (await stateOf(held.id)) === "withdrawn");
  for (const session of [staging, prod]) {
    await until(async () => (await closedBecause(session)) === because);
    expect(await waiting(session)).toBe(false);
    await until(async () => (await entries(session)).some(({ kind }) => kind === "session.closed"));
    await expect(here.gate.submit({ actor: mara, session: session.id, input: update })).rejects.toMatchObject(
      {
        code: "session_closed",
        extra: { because },
      },
    );
  }
  return error?.message;
}

describe("in every process, running commands, waiting reviews and sessions end", () => {
  test("where an administrator takes somebody's access back, until it is given again", async () => {
    const begun = await work();
    const block = await there.gate.revoke(mara.id, "laptop stolen", jonas);
    expect(block).toMatchObject({ subject: "mara", reason: "laptop stolen", by: jonas.id });
    expect(await endOf(begun, "revoked")).toBe(
      "The session has ended: an administrator has taken the access back.",
    );
    await expect(here.blocks.admit(mara)).rejects.toMatchObject({ code: "access_revoked" });

    await there.gate.restore(block.id, "laptop found", jonas);
    await until(() =>
      here.blocks.admit(mara).then(
        () => true,
        () => false,
      ),
    );
    expect((await entries(null)).filter(({ kind }) => kind.startsWith("access."))).toEqual([
      {
        kind: "access.revoked",
        actor: jonas.id,
        body: { block: block.id, subject: "mara", reason: "laptop stolen" },
      },
      {
        kind: "access.restored",
        actor: jonas.id,
        body: { block: block.id, subject: "mara", reason: "laptop found" },
      },
    ]);
    expect(await closedBecause(begun.prod)).toBe("revoked");
  });

  test("where the target is disabled", async () => {
    const begun = await work();
    await Promise.all([putTarget("prod", { disabled: true }), putTarget("staging", { disabled: true })]);
    expect(await endOf(begun, "target")).toBe("The session has ended: the target was disabled or removed.");
  });

  test("where the target is removed", async () => {
    const begun = await work();
    await there.targets.remove("prod", { managed: false });
    await there.targets.remove("staging", { managed: false });
    expect(await endOf(begun, "target")).toBe("The session has ended: the target was disabled or removed.");
  });

  test("where the policies no longer let the actor in", async () => {
    const begun = await work();
    await putPolicies(
      `${text}\n@id("nobody-in")\nforbid (principal in Group::"engineers", action == Action::"session.open", resource);`,
    );
    expect(await endOf(begun, "policy")).toBe(
      "The session has ended: the policies were changed, and no longer let you in.",
    );
  });

  test("where the actor's last token has ended and no other was shown", async () => {
    const begun = await work();
    // As if the token of long ago had been the last.
    await store.database.pool.query(
      `update sessions set token_expires_at = '2026-01-01',
       actor_claims = actor_claims || '{"tokenExpiresAt": "2026-01-01T00:00:00.000Z"}'`,
    );
    expect(await endOf(begun, "token")).toBe(
      "The session has ended: the token that it was used with has ended.",
    );
  });

  test("where others take long to be put away", async () => {
    const others = await Promise.all([1, 2].map(() => here.gate.open(mara, "staging", "to be revoked")));
    const slow = new Set(others.map(({ id }) => id));
    const begun = await work();
    let putAway = () => {};
    const patience = new Promise<void>((resolve) => (putAway = resolve));
    const slowly = [here.journal, there.journal].map((journal) => {
      const { close } = journal;
      journal.close = async (session, ...how) => {
        if (slow.has(session)) await patience;
        return close(session, ...how);
      };
      return () => void (journal.close = close);
    });
    await there.gate.revoke(mara.id, "laptop stolen", jonas);
    await expect.poll(() => closedBecause(begun.prod)).toBe("revoked");
    await expect.poll(() => stateOf(begun.held.id)).toBe("withdrawn");
    putAway();
    for (const restore of slowly) restore();
    await endOf(begun, "revoked");
  });

  test("also where every notification was lost", async () => {
    const begun = await work();
    await store.database.pool.query(
      "insert into actor_blocks values ('blk_00000000000000000000000000', 'mara', 'left', 'max', now())",
    );
    expect(await endOf(begun, "revoked")).toBe(
      "The session has ended: an administrator has taken the access back.",
    );
  });
});

test("an approval counts no more once its giver is blocked, also where the gateway that did it died at once", async () => {
  const prod = await here.gate.open(mara, "prod", "a column more");
  const input = { ...update, sql: "ALTER TABLE orders ADD COLUMN seen boolean" };
  const { settled, id } = await here.gate.submit({ actor: mara, session: prod.id, input });
  expect(await settled).toMatchObject({ state: "held" });
  const review = await there.approvals.forCommand(id);
  if (review === undefined) throw new Error("it is not held");
  const ballot = { verdict: "approve" as const, sha256: review.sha256 };
  expect(await there.gate.vote(review.id, tomas, ballot)).toMatchObject({ state: "pending" });
  // Nothing else of what follows from a block has happened, and nobody was told.
  await store.database.pool.query(
    "insert into actor_blocks values ('blk_00000000000000000000000001', 'tomas', 'left', 'max', now())",
  );
  await there.gate.vote(review.id, priya, ballot);
  await until(async () => (await stateOf(id)) === "blocked");
  expect((await here.gate.command(id, mara)).error).toMatchObject({
    code: "stale_authority",
    message: "An approval no longer counts: whoever gave it has lost the group, the role or their access.",
  });
  const { rows } = await shop.database.pool.query(
    "select from information_schema.columns where table_name = 'orders' and column_name = 'seen'",
  );
  expect(rows).toEqual([]);
});

describe("a policy that is tightened", () => {
  const stricter = `${text}\n@id("no-updates")\n@say("Nobody updates today.")\nforbid (principal, action == Action::"sql.update", resource);`;

  test("stops what it blocks by now, running and held, and leaves the sessions and the rest alone", async () => {
    const begun = await work();
    const reading = await here.gate.open(mara, "staging", "reads on");
    await putPolicies(stricter);
    const because = "It was stopped: the policies were changed. Nobody updates today.";
    expect(await begun.running.settled).toMatchObject({
      state: "cancelled",
      error: { code: "stale_authority", message: because },
    });
    await until(async () => (await stateOf(begun.held.id)) === "blocked");
    expect((await here.gate.command(begun.held.id, mara)).error).toMatchObject({ message: because });
    expect((await entries(begun.prod)).at(-1)).toMatchObject({
      kind: "review.decided",
      body: { state: "blocked" },
    });
    expect(await waiting(begun.staging)).toBe(false);
    for (const session of [begun.staging, begun.prod, reading]) {
      const read = { sql: "SELECT 1", parameters: [], maxRows: 10 };
      const { settled } = await here.gate.submit({ actor: mara, session: session.id, input: read });
      expect(await settled).toMatchObject({ state: "completed" });
    }
  });

  /** Done once, when the gateway is about to do this. */
  function inTheMiddle<Room>(room: Room, name: keyof Room, change: () => Promise<unknown>) {
    const real = room[name];
    const changed = async (...given: unknown[]) => {
      room[name] = real;
      await change();
      if (typeof real !== "function") throw new TypeError("it is something that is done");
      return real.apply(room, given);
    };
    room[name] = changed as Room[keyof Room];
  }
  const tighten = async () => {
    await putPolicies(stricter);
    await here.gate.sweep();
  };

  test("blocks what was being judged meanwhile", async () => {
    const { id } = await here.gate.open(mara, "staging", "just in time");
    inTheMiddle(here.parser, "parse", tighten);
    const { settled } = await here.gate.submit({ actor: mara, session: id, input: update });
    expect(await settled).toMatchObject({ state: "blocked", decision: { policies: ["no-updates"] } });
  });

  test("stops what was approved and about to run", async () => {
    const prod = await here.gate.open(mara, "prod", "just in time");
    const { settled, id } = await here.gate.submit({ actor: mara, session: prod.id, input: update });
    expect(await settled).toMatchObject({ state: "held" });
    const review = await here.approvals.forCommand(id);
    if (review === undefined) throw new Error("it is not held");
    inTheMiddle(here.approvals, "redeem", tighten);
    await there.gate.vote(review.id, tomas, { verdict: "approve", sha256: review.sha256 });
    await until(async () => (await stateOf(id)) === "cancelled");
    expect((await here.gate.command(id, mara)).error).toMatchObject({ code: "stale_authority" });
    expect(await waiting(prod)).toBe(false);
  });

  test("ends a session that was being opened meanwhile", async () => {
    inTheMiddle(here.sessions, "open", async () => {
      await putPolicies(
        `${text}\n@id("nobody-in")\nforbid (principal in Group::"engineers", action == Action::"session.open", resource);`,
      );
      await here.gate.sweep();
      await there.gate.sweep();
    });
    await expect(here.gate.open(mara, "staging", "just in time")).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await here.sessions.list(mara)).toEqual([]);
  });

  test("is seen where its notification was lost", async () => {
    const begun = await work();
    await store.database.pool.query(
      `insert into policy_versions select max(version) + 1, $1, 'test', '', false, now() from policy_versions`,
      [stricter],
    );
    await until(async () => (await stateOf(begun.held.id)) === "blocked");
    expect(await begun.running.settled).toMatchObject({ state: "cancelled" });
  });

  test("leaves running what it does not concern", async () => {
    const begun = await work();
    await putPolicies(
      `${text}\n@id("no-deletes")\nforbid (principal, action == Action::"sql.delete", resource);`,
    );
    for (let look = 0; look < 3; look++) await here.gate.sweep();
    expect(await waiting(begun.staging)).toBe(true);
    expect(await stateOf(begun.held.id)).toBe("held");
    await holder.query("rollback");
    expect(await begun.running.settled).toMatchObject({ state: "completed" });
    await holder.query("begin");
  });
});

test("a session that was killed in another process has its recording closed, by whoever killed it", async () => {
  const session = await here.gate.open(mara, "staging", "killed elsewhere");
  const { settled } = await here.gate.submit({
    actor: mara,
    session: session.id,
    input: { ...update, sql: "SELECT 1" },
  });
  await settled;
  const kim: Actor = { ...actorOf("human", [], "kim"), roles: ["auditor"] };
  await there.gate.end(session.id, kim);
  await until(async () => (await entries(session)).some(({ kind }) => kind === "session.closed"));
  expect((await entries(session)).at(-1)).toMatchObject({ actor: kim.id, body: { because: "killed" } });
});

test("a review that another process ends at the same moment stops nobody's sweep", async () => {
  const prod = await here.gate.open(mara, "prod", "to be left");
  const held = await here.gate.submit({ actor: mara, session: prod.id, input: update });
  expect(await held.settled).toMatchObject({ state: "held" });
  const review = await here.approvals.forCommand(held.id);
  await endUnheard(prod);
  const { withdraw, withdrawSession } = here.approvals;
  let metBoth = () => {};
  const met = new Promise<void>((resolve) => (metBoth = resolve));
  here.approvals.withdraw = async (id, by) => {
    if (id !== review?.id) return withdraw(id, by);
    here.approvals.withdraw = withdraw;
    await there.approvals.withdraw(id, by);
    metBoth();
    return withdraw(id, by);
  };
  // The other way to its end, which one sweep takes as well, comes after.
  here.approvals.withdrawSession = async (session) => {
    if (session === prod.id) await met;
    return withdrawSession(session);
  };
  here.wait(5_000);
  await here.gate.sweep();
  await met;
  here.approvals.withdrawSession = withdrawSession;
  await until(async () => (await stateOf(held.id)) === "withdrawn");
});

describe("the recording of a session that has ended is closed", () => {
  const openedHere = async () => {
    const session = await here.gate.open(mara, "staging", "to be left");
    const { settled } = await here.gate.submit({
      actor: mara,
      session: session.id,
      input: { ...update, sql: "SELECT 1" },
    });
    await settled;
    return session;
  };
  const isClosed = async (session: Session) => {
    here.wait(5_000);
    return (await entries(session)).some(({ kind }) => kind === "session.closed");
  };

  test("where nobody was told, and connections to the store were lost", async () => {
    const session = await openedHere();
    await endUnheard(session);
    // What a gateway does once it hears of others again.
    await here.sessions.sweep();
    await until(() => isClosed(session));
    expect((await entries(session)).filter(({ kind }) => kind === "session.closed")).toHaveLength(1);
  });

  test("where that failed the first time", async () => {
    const session = await openedHere();
    const { close } = here.journal;
    let failures = 0;
    here.journal.close = (ended, ...how) =>
      ended === session.id
        ? Promise.reject(new Error(`the store is away, ${++failures}`))
        : close(ended, ...how);
    await expect(here.gate.end(session.id, mara)).rejects.toThrow("the store is away");
    // By whoever ended it, and by whoever heard of it.
    await expect.poll(() => failures).toBeGreaterThanOrEqual(2);
    here.journal.close = close;
    await until(() => isClosed(session));
    expect((await entries(session)).filter(({ kind }) => kind === "session.closed")).toHaveLength(1);
  });

  test("where the gateway that wrote it is gone, and so is whoever ended it", async () => {
    const gone = await openGateway(store.url, folder);
    const session = await gone.gate.open(mara, "staging", "to be left");
    await gone.stop();
    await endUnheard(session);
    await until(() => isClosed(session));
    expect((await entries(session)).filter(({ kind }) => kind === "session.closed")).toHaveLength(1);
  });
});
