import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { newCommandId, newReviewId, newSessionId, type ReviewId, TargetName } from "../../shared/ids.ts";
import { openDatabase } from "../db/database.ts";
import { createNotifier, type Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { createApprovals, digest, type Approvals, type Parts } from "./approvals.ts";
import type { ReviewQuery } from "./listing.ts";
import { maxPendingPerActor } from "./open.ts";
import { decisionOf, partsOf, person, shop } from "./testing.ts";

const mara = person("mara", { groups: ["engineers"], roles: ["engineer"] });
const [tomas, priya, ines] = [person("tomas"), person("priya"), person("ines")];
const review = decisionOf("review");

let store: Awaited<ReturnType<typeof freshDatabase>>;
let notifier: Notifier;
let approvals: Approvals;
let clock = 0;
const events: PortalEvent[] = [];

beforeAll(async () => {
  store = await freshDatabase({ migrate: true });
  notifier = await createNotifier(store.database);
  notifier.subscribe((event) => events.push(event));
  approvals = createApprovals({ database: store.database, notifier, now: () => clock });
});
afterAll(async () => {
  await notifier.close();
  await store.drop();
});
beforeEach(async () => {
  await store.database.pool.query("truncate reviews cascade");
  clock = Date.parse("2026-11-20T12:00:00Z");
  events.length = 0;
});

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

async function held(changes: Partial<Parts> = {}, decision = review) {
  const parts = partsOf(mara, decision, changes);
  return { parts, held: await approvals.hold(decision, parts) };
}
const approve = (sha256: string) => ({ verdict: "approve" as const, sha256 });
const reject = (sha256: string) => ({ verdict: "reject" as const, sha256, comment: "No." });

describe("holding", () => {
  it("keeps exactly what will run, and shows what cannot be seen in it", async () => {
    const sql = "UPDATE orders SET note = 'a\u202Eb' WHERE id = $1";
    const { parts, held: opened } = await held({ sql, parameters: [7, null, "x\u0000", true] });
    expect(opened).toMatchObject({
      state: "pending",
      sql,
      visible: "UPDATE orders SET note = 'a\\u{202E}b' WHERE id = $1",
      parameters: [7, null, "x\u0000", true],
      sha256: digest(parts),
      reason: "Ticket 4711",
      openedAt: "2026-11-20T12:00:00.000Z",
      expiresAt: "2026-11-20T12:15:00.000Z",
      votes: [],
    });
    expect(await approvals.forCommand(parts.commandId)).toEqual(opened);
    expect(events).toEqual([{ type: "review.opened", review: opened.id, target: "shop" }]);
  });

  it("happens once for a command, and only where policy asks for a review", async () => {
    const { parts } = await held();
    expect(await code(approvals.hold(review, parts))).toBe("conflict");
    for (const decision of [decisionOf("allow"), decisionOf("block"), decisionOf("review", [])])
      expect(await code(approvals.hold(decision, partsOf(mara, decision)))).toBe("permit_invalid");
  });

  it("bounds what one actor may have waiting, also when all come at once", async () => {
    const answers = await Promise.all(Array.from({ length: maxPendingPerActor + 10 }, () => code(held())));
    expect(answers.filter((answer) => answer === "done")).toHaveLength(maxPendingPerActor);
    expect(answers.filter((answer) => answer === "rate_limited")).toHaveLength(10);
    const other = partsOf(person("daniel"), review);
    expect((await approvals.hold(review, other)).state).toBe("pending");
  });
});

describe("voting", () => {
  it("approves with the quorum, and tells", async () => {
    const { held: opened } = await held();
    const decided = await approvals.vote(opened.id, tomas, { ...approve(opened.sha256), comment: "Fine." });
    expect(decided).toMatchObject({ state: "approved", decidedAt: "2026-11-20T12:00:00.000Z" });
    expect(decided.votes).toMatchObject([{ person: "tomas", verdict: "approve", comment: "Fine." }]);
    expect(events.at(-1)).toEqual({
      type: "review.closed",
      review: opened.id,
      target: "shop",
      state: "approved",
    });
  });

  it("counts people, not logins or votes", async () => {
    const two = decisionOf("review", [{ group: "shop-reviewers", quorum: 2, policy: "schema-prod" }]);
    const { held: opened } = await held({}, two);
    expect((await approvals.vote(opened.id, tomas, approve(opened.sha256))).state).toBe("pending");
    expect(events.at(-1)?.type).toBe("review.changed");
    expect(await code(approvals.vote(opened.id, tomas, approve(opened.sha256)))).toBe("already_voted");
    const secondLogin = person("tomas", { id: "other.test|tomas", issuer: "https://other.test" });
    expect(await code(approvals.vote(opened.id, secondLogin, approve(opened.sha256)))).toBe("already_voted");
    expect((await approvals.vote(opened.id, priya, approve(opened.sha256))).state).toBe("approved");
  });

  it("needs every required group", async () => {
    const both = decisionOf("review", [
      { group: "data-owners", quorum: 1, policy: "b" },
      { group: "shop-reviewers", quorum: 1, policy: "a" },
    ]);
    const { held: opened } = await held({}, both);
    expect((await approvals.vote(opened.id, tomas, approve(opened.sha256))).state).toBe("pending");
    expect((await approvals.vote(opened.id, priya, approve(opened.sha256))).state).toBe("pending");
    const owner = person("olga", { groups: ["data-owners"] });
    expect((await approvals.vote(opened.id, owner, approve(opened.sha256))).state).toBe("approved");
  });

  it("is over with one rejection", async () => {
    const { held: opened } = await held();
    expect((await approvals.vote(opened.id, tomas, reject(opened.sha256))).state).toBe("rejected");
    expect(await code(approvals.vote(opened.id, priya, approve(opened.sha256)))).toBe("already_decided");
  });

  it("is for the held bytes alone", async () => {
    const { held: opened } = await held();
    expect(await code(approvals.vote(opened.id, tomas, approve("0".repeat(64))))).toBe("hash_mismatch");
    expect((await approvals.get(opened.id)).votes).toEqual([]);
  });

  it("is too late after the expiry, even before anyone has noticed", async () => {
    const { held: opened } = await held();
    clock += 900_000;
    expect(await code(approvals.vote(opened.id, tomas, approve(opened.sha256)))).toBe("expired");
  });

  it("refuses whoever asked, in every form", async () => {
    const reviewer = { groups: ["shop-reviewers"], roles: ["reviewer"] };
    const own = await approvals.hold(review, partsOf(person("mara", reviewer), review));
    expect(await code(approvals.vote(own.id, person("mara", reviewer), approve(own.sha256)))).toBe(
      "self_approval",
    );
    const secondLogin = person("mara.admin", { ...reviewer, person: "mara" });
    expect(await code(approvals.vote(own.id, secondLogin, approve(own.sha256)))).toBe("self_approval");

    const agent = person("agent", { kind: "workload", owner: "mara", groups: ["agents"], roles: [] });
    const asked = await approvals.hold(review, partsOf(agent, review));
    expect(await code(approvals.vote(asked.id, person("mara", reviewer), approve(asked.sha256)))).toBe(
      "self_approval",
    );
    expect(await code(approvals.vote(asked.id, secondLogin, approve(asked.sha256)))).toBe("self_approval");
    expect(await code(approvals.vote(asked.id, agent, approve(asked.sha256)))).toBe("self_approval");
    expect((await approvals.get(asked.id)).votes).toEqual([]);
    expect(approvals.mayVote(asked, secondLogin)).toMatchObject({ may: false });
    // An administrator has no way around it either.
    const administrator = person("mara", { ...reviewer, roles: ["reviewer", "administrator"] });
    expect(await code(approvals.vote(own.id, administrator, approve(own.sha256)))).toBe("self_approval");
  });

  it("refuses workloads, people without the role, and people of other groups", async () => {
    const { held: opened } = await held();
    const nobodies = [
      person("robot", { kind: "workload", roles: ["reviewer", "administrator"] }),
      person("daniel", { roles: ["engineer"] }),
      person("jonas", { groups: ["administrators"], roles: ["administrator"] }),
      person("olga", { groups: ["data-owners"] }),
    ];
    for (const nobody of nobodies) {
      expect(await code(approvals.vote(opened.id, nobody, approve(opened.sha256)))).toBe("not_a_reviewer");
      expect(approvals.mayVote(opened, nobody).may).toBe(false);
    }
    expect(approvals.mayVote(opened, tomas)).toEqual({ may: true });
    expect(await code(approvals.vote(newReviewId(), tomas, approve(opened.sha256)))).toBe("not_found");
  });

  it("decides once when votes come at the same time", async () => {
    const { held: opened } = await held();
    const voters = [tomas, priya, ines];
    const answers = await Promise.all(
      voters.map((voter, index) =>
        code(approvals.vote(opened.id, voter, (index === 1 ? reject : approve)(opened.sha256))),
      ),
    );
    expect(answers.toSorted()).toEqual(["already_decided", "already_decided", "done"]);
    const decided = await approvals.get(opened.id);
    expect(decided.votes).toHaveLength(1);
    expect(decided.state).toBe(decided.votes[0]?.verdict === "approve" ? "approved" : "rejected");
  });

  it("takes one vote of a person who presses twice", async () => {
    const two = decisionOf("review", [{ group: "shop-reviewers", quorum: 2, policy: "schema-prod" }]);
    const { held: opened } = await held({}, two);
    const answers = await Promise.all(
      [1, 2, 3].map(() => code(approvals.vote(opened.id, tomas, approve(opened.sha256)))),
    );
    expect(answers.toSorted()).toEqual(["already_voted", "already_voted", "done"]);
    expect((await approvals.get(opened.id)).state).toBe("pending");
  });
});

describe("redeeming", () => {
  async function approved(changes: Partial<Parts> = {}) {
    const { parts, held: opened } = await held(changes);
    await approvals.vote(opened.id, tomas, approve(opened.sha256));
    return { parts, id: opened.id };
  }

  it("gives a permit for exactly what was approved", async () => {
    const { parts, id } = await approved();
    const permit = await approvals.redeem(id, review, parts);
    expect(permit.binding).toMatchObject({
      purpose: "command",
      command: parts.commandId,
      actor: mara.id,
      session: parts.session.id,
      target: "shop",
      targetRevision: 3,
      sha256: digest(parts),
      writes: true,
    });
  });

  it("gives one permit ever, also to many callers in two processes", async () => {
    const { parts, id } = await approved();
    const second = openDatabase(store.url);
    try {
      const other = createApprovals({ database: second, notifier, now: () => clock });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          code((index % 2 ? other : approvals).redeem(id, review, parts)),
        ),
      );
      expect(answers.filter((answer) => answer === "done")).toHaveLength(1);
      expect(answers.filter((answer) => answer === "stale_authority")).toHaveLength(19);
    } finally {
      await second.close();
    }
  });

  const bounded = { ...review.obligations, maxAffectedRows: 13 };
  it.each<[string, (parts: Parts) => Partial<Parts>]>([
    ["the bytes that run", ({ sql }) => ({ sql: `${sql} ` })],
    ["a parameter", () => ({ parameters: ["void"] })],
    ["a parameter's type", () => ({ parameters: [1] })],
    ["how many parameters", () => ({ parameters: ["paid", null] })],
    ["the actor", () => ({ actor: person("daniel") })],
    ["the session", ({ session }) => ({ session: { ...session, id: newSessionId() } })],
    ["the target", () => ({ target: { ...shop, name: TargetName.parse("shop-2") } })],
    ["the target's revision", () => ({ target: { ...shop, revision: 4 } })],
    ["the bound on rows", () => ({ obligations: bounded })],
    [
      "what is shown in clear",
      () => ({ obligations: { ...bounded, unmask: [{ class: "card", policy: "x" }] } }),
    ],
    ["who has to approve", () => ({ obligations: { ...review.obligations, reviewers: [] } })],
    ["the policies' version", () => ({ policyVersion: 8 })],
    ["whether it writes", () => ({ writes: false })],
    ["what its names stand for", () => ({ resolved: "1" })],
  ])("refuses where %s differs from what was approved, and that is reviewed anew", async (_, change) => {
    const { parts, id } = await approved();
    const changed = { ...parts, ...change(parts) };
    expect(await code(approvals.redeem(id, review, changed))).toBe("stale_authority");
    const anew = await approvals.hold(review, {
      ...changed,
      commandId: newCommandId(),
      obligations: review.obligations,
    });
    expect(anew).toMatchObject({ state: "pending", votes: [] });
    // Its approval is for what was approved, and for nothing but that.
    expect(digest(changed)).not.toBe(digest(parts));
    expect(await code(approvals.redeem(id, review, { ...parts, commandId: newCommandId() }))).toBe(
      "stale_authority",
    );
    expect(await code(approvals.redeem(id, review, parts))).toBe("done");
  });

  it.each([
    ["the group", { groups: ["engineers"] }],
    ["the role", { roles: ["engineer"] }],
    ["both, to be a workload", { kind: "workload" }],
  ])("refuses where whoever approved has lost %s since", async (_, changes) => {
    const { parts, id } = await approved();
    await approvals.heard(person("priya", { groups: [] }));
    await approvals.heard(person("tomas", changes));
    expect(await code(approvals.redeem(id, review, parts))).toBe("stale_authority");
    // An older token that still carries it brings nothing back.
    await approvals.heard(person("tomas"));
    expect(await code(approvals.redeem(id, review, parts))).toBe("stale_authority");
  });

  it.each(["tomas", "issuer.test|tomas"])(
    "refuses where the access of %s, who approved, was taken back",
    async (subject) => {
      const { parts, id } = await approved();
      await approvals.discount("issuer.test|priya");
      await approvals.discount(subject);
      expect(await code(approvals.redeem(id, review, parts))).toBe("stale_authority");
    },
  );

  it("asks for another person where one of two has lost the group while it was pending", async () => {
    const two = decisionOf("review", [{ group: "shop-reviewers", quorum: 2, policy: "schema-prod" }]);
    const { parts, held: opened } = await held({}, two);
    await approvals.vote(opened.id, tomas, approve(opened.sha256));
    await approvals.heard(person("tomas", { groups: [] }));
    expect((await approvals.vote(opened.id, priya, approve(opened.sha256))).state).toBe("pending");
    expect((await approvals.vote(opened.id, ines, approve(opened.sha256))).state).toBe("approved");
    expect(await code(approvals.redeem(opened.id, two, parts))).toBe("done");
  });

  it("refuses where policy has become stricter", async () => {
    const { parts, id } = await approved();
    const stricter = decisionOf("review", [{ group: "shop-reviewers", quorum: 2, policy: "schema-prod" }]);
    for (const decision of [decisionOf("block"), stricter, { ...review, policyVersion: 8 }])
      expect(await code(approvals.redeem(id, decision, parts))).toBe("stale_authority");
  });

  it("refuses what is not, or no longer, approved", async () => {
    const pending = await held();
    expect(await code(approvals.redeem(pending.held.id, review, pending.parts))).toBe("stale_authority");
    await approvals.vote(pending.held.id, tomas, reject(pending.held.sha256));
    expect(await code(approvals.redeem(pending.held.id, review, pending.parts))).toBe("rejected");
    const late = await approved();
    clock += 5 * 60_000;
    expect(await code(approvals.redeem(late.id, review, late.parts))).toBe("expired");
    const withdrawn = await approved();
    await approvals.withdraw(withdrawn.id, mara);
    expect(await code(approvals.redeem(withdrawn.id, review, withdrawn.parts))).toBe("withdrawn");
  });

  it("grants at once only what policy simply allows", () => {
    const allow = decisionOf("allow");
    const parts = partsOf(mara, allow);
    expect(approvals.grant(allow, parts).binding).toMatchObject({
      sha256: digest(parts),
      expiresAt: clock + 60_000,
    });
    for (const effect of ["review", "block"] as const)
      expect(() => approvals.grant(decisionOf(effect), parts)).toThrow("does not simply allow");
  });

  it("mints for the gateway's own texts without the right to write or to unmask", () => {
    const { binding } = approvals.maintenance("catalog", shop, "f".repeat(64));
    expect(binding).toMatchObject({
      purpose: "catalog",
      writes: false,
      command: null,
      session: null,
      sha256: "f".repeat(64),
    });
    expect(binding.obligations.unmask).toEqual([]);
  });
});

describe("ending", () => {
  it("expires what waited too long, each told to one process", async () => {
    const { held: opened } = await held();
    const approvedOne = await held();
    await approvals.vote(approvedOne.held.id, tomas, approve(approvedOne.held.sha256));
    const spent = await held();
    await approvals.vote(spent.held.id, tomas, approve(spent.held.sha256));
    await approvals.redeem(spent.held.id, review, spent.parts);
    expect(await approvals.expire()).toEqual([]);
    clock += 900_000;
    const told = (await Promise.all([approvals.expire(), approvals.expire()])).flat();
    expect(told.map((one) => [one.id, one.state]).toSorted()).toEqual(
      [
        [opened.id, "expired"],
        [approvedOne.held.id, "expired"],
      ].toSorted(),
    );
    expect((await approvals.get(spent.held.id)).state).toBe("approved");
  });

  it("is withdrawn by whoever asked, and by nobody else", async () => {
    const { held: opened } = await held();
    expect(await code(approvals.withdraw(opened.id, tomas))).toBe("not_found");
    expect((await approvals.withdraw(opened.id, mara)).state).toBe("withdrawn");
    expect(await code(approvals.withdraw(opened.id, mara))).toBe("already_decided");
    expect(await code(approvals.vote(opened.id, tomas, approve(opened.sha256)))).toBe("withdrawn");
  });

  it("is withdrawn for whoever may end others' commands", async () => {
    const { held: opened } = await held();
    expect((await approvals.withdraw(opened.id, "killer")).state).toBe("withdrawn");
  });

  it("comes with the end of the session", async () => {
    const session = { id: newSessionId(), reason: "" };
    const first = await held({ session });
    await held({ session });
    const elsewhere = await held();
    expect(await approvals.withdrawSession(session.id)).toHaveLength(2);
    expect((await approvals.get(first.held.id)).state).toBe("withdrawn");
    expect((await approvals.get(elsewhere.held.id)).state).toBe("pending");
  });
});

describe("news that cannot be told", () => {
  it("undo nothing, and fail nobody: whoever looks sees it", async () => {
    const errors: unknown[] = [];
    const dumb = { ...notifier, publish: () => Promise.reject(new Error("the store is away")) };
    const silent = createApprovals({
      database: store.database,
      notifier: dumb,
      now: () => clock,
      onError: (error) => errors.push(error),
    });
    const parts = partsOf(mara, review);
    const opened = await silent.hold(review, parts);
    expect((await silent.vote(opened.id, tomas, approve(opened.sha256))).state).toBe("approved");
    expect((await silent.withdraw(opened.id, mara)).state).toBe("withdrawn");
    expect(errors).toHaveLength(3);
    expect((await approvals.get(opened.id)).state).toBe("withdrawn");
  });
});

describe("listing", () => {
  it("shows what one may decide and one's own, and nothing else", async () => {
    const { held: opened } = await held();
    const agent = person("agent", { kind: "workload", owner: "mara", groups: ["agents"], roles: [] });
    const asked = await approvals.hold(review, partsOf(agent, review));
    const ids = async (actor: typeof mara) =>
      (await approvals.list({ actor })).reviews.map((one) => one.id).toSorted();
    const both = [opened.id, asked.id].toSorted();
    expect(await ids(tomas)).toEqual(both);
    expect(await ids(mara)).toEqual(both);
    expect(await ids(agent)).toEqual([asked.id]);
    const others = [
      person("olga", { groups: ["data-owners"] }),
      person("daniel", { roles: ["engineer"] }),
      person("robot", { kind: "workload" }),
      person("none", { groups: [] }),
    ];
    for (const other of others) {
      expect(await ids(other)).toEqual([]);
      expect(approvals.maySee(opened, other)).toBe(false);
    }
    expect(approvals.maySee(opened, person("elif", { groups: [], roles: ["auditor"] }))).toBe(true);
    await approvals.vote(opened.id, tomas, reject(opened.sha256));
    const listed = async (query: Omit<ReviewQuery, "actor">) =>
      (await approvals.list({ ...query, actor: tomas })).reviews.map((one) => one.id);
    expect(await listed({ state: "pending" })).toEqual([asked.id]);
    expect(await listed({ state: "decided" })).toEqual([opened.id]);
    expect(await listed({ state: "approved" })).toEqual([]);
    expect(await listed({ asked: "me" })).toEqual([]);
    expect((await listed({ asked: "others" })).toSorted()).toEqual(both);
    expect((await approvals.list({ asked: "me", actor: mara })).reviews).toMatchObject([{ id: opened.id }]);
  });

  /** All pages of a list. */
  async function pages(query: Omit<ReviewQuery, "cursor">) {
    const all: string[][] = [];
    let cursor: ReviewId | undefined;
    do {
      const page = await approvals.list({ ...query, cursor });
      all.push(page.reviews.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  }

  it("gives what waits in the order in which it expires, and the rest newest first, page by page", async () => {
    const opened: { id: ReviewId; lasts: number }[] = [];
    // Some at one moment, and each to expire at another.
    for (const lasts of [500, 300, 300, 900, 100]) {
      const decision = decisionOf("review");
      decision.obligations.reviewExpiresSeconds = lasts;
      opened.push({ id: (await held({}, decision)).held.id, lasts });
      if (lasts === 300) clock += 1000;
    }
    const pending = await pages({ actor: tomas, state: "pending", limit: 2 });
    expect(pending.map((page) => page.length)).toEqual([2, 2, 1]);
    const lasts = new Map(opened.map((one) => [one.id as string, one.lasts]));
    expect(pending.flat().map((id) => lasts.get(id))).toEqual([100, 300, 300, 500, 900]);
    const newest = await pages({ actor: mara, limit: 2 });
    expect(newest.flat().toSorted()).toEqual(opened.map(({ id }) => id as string).toSorted());
    expect(newest.flat().at(-1)).toBe(opened[0]?.id);
    // One that is decided while the list is read takes no other out of it.
    const first = await approvals.list({ actor: tomas, state: "pending", limit: 2 });
    const last = first.reviews.at(-1);
    await approvals.vote(first.cursor ?? newReviewId(), tomas, reject(last?.sha256 ?? ""));
    const { reviews } = await approvals.list({ actor: tomas, state: "pending", cursor: first.cursor });
    expect(reviews.map(({ id }) => id)).toEqual(pending.flat().slice(2));
  });

  it("keeps each review whole, and a page of large ones short", async () => {
    const long = `UPDATE orders SET note = '${"n".repeat(400_000)}' WHERE id = 7`;
    for (let n = 0; n < 3; n++) await held({ sql: long, original: long });
    const { reviews, cursor } = await approvals.list({ actor: tomas });
    expect(reviews.map(({ sql, visible }) => [sql, visible])).toEqual([[long, long]]);
    expect(cursor).toBe(reviews[0]?.id);
    expect((await pages({ actor: tomas })).map((page) => page.length)).toEqual([1, 1, 1]);
  });

  it("refuses a cursor that is of no review in sight, whether there is one or not", async () => {
    const { held: opened } = await held();
    const olga = person("olga", { groups: ["data-owners"] });
    for (const cursor of [opened.id, newReviewId()])
      expect(await code(approvals.list({ actor: olga, cursor }))).toBe("invalid");
  });
});
