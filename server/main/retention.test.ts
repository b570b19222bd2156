import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReviewId, SessionId } from "../../shared/ids.ts";
import type { Review } from "../../shared/nouns/review.ts";
import { tarFiles } from "../../shared/recording/tar.ts";
import { verifyFile } from "../../shared/recording/verify.ts";
import { canonicalJson } from "../../shared/canonical.ts";
import { createHash } from "node:crypto";
import { textsOf } from "../approval/review-texts.ts";
import { layGround, type Ground } from "./testing-ground.ts";
import {
  addTarget,
  auditor,
  engineer,
  openGateway,
  policies,
  reviewer,
  someone,
  type TestGateway,
} from "./testing.ts";

/** What was said of a session's commands, wherever it was kept, once retention has been there. */
let ground: Ground;
let gateway: TestGateway;

const rule = "env=prod:0";

beforeAll(async () => {
  ground = await layGround(`
create table animals (name text primary key, note text not null default '');
insert into animals (name) values ('row-quokka'), ('row-numbat')`);
  gateway = await openGateway(ground.store.url, ground.folder, {
    // Retention is stepped where a test says so.
    workEveryMs: 2 ** 31 - 1,
    settings: { SLUICE_KEEP_RECORDINGS: rule, SLUICE_KEEP_TEXTS: rule },
  });
  const blocking = `@id("no-delete") forbid (principal, action == Action::"sql.delete", resource);`;
  await gateway.policies.put(policies + blocking, { by: "test", comment: "", managed: false });
  await addTarget(gateway, "prod", ground.shop);
});
afterAll(async () => {
  await gateway?.stop();
  await ground?.remove();
});

/** Everything that a person, or the target, said in a session, each with the session's word in it. */
const said = (word: string) => ({
  reason: `reason-${word}`,
  approved: `update animals set note = $1 where name = 'row-${word}' -- approved-${word}`,
  parameter: `parameter-${word}`,
  rejected: `update animals set note = 'rejected-${word}' where name = 'row-${word}'`,
  blocked: `delete from animals where note = 'blocked-${word}'`,
  comment: `comment-${word}`,
});
type Told = { session: SessionId; approved: ReviewId; rejected: ReviewId };

/** A session in which a command was approved and has run, one was rejected and one was blocked, and that is over. */
async function sessionOf(word: string): Promise<Told> {
  const { gate, approvals } = gateway;
  const { reason, comment, ...texts } = said(word);
  const session = await gate.open(engineer, "prod", reason);
  const submit = (sql: string, parameters: string[] = []) =>
    gate.submit({
      actor: engineer,
      session: session.id,
      input: { sql, parameters, maxRows: 10 },
      key: `key-${sql.slice(-20)}`,
    });
  const decided = async (sql: string, verdict: "approve" | "reject", parameters?: string[]) => {
    const { id, settled } = await submit(sql, parameters);
    expect((await settled).state).toBe("held");
    const review = await approvals.forCommand(id);
    if (review === undefined) throw new Error("it is not held");
    await gate.vote(review.id, reviewer, { verdict, sha256: review.sha256, comment });
    const state = async () => (await gate.command(id, engineer)).state;
    await expect.poll(state).toBe(verdict === "approve" ? "completed" : "rejected");
    return review.id;
  };
  const approved = await decided(texts.approved, "approve", [texts.parameter]);
  const rejected = await decided(texts.rejected, "reject");
  expect((await (await submit(texts.blocked)).settled).state).toBe("blocked");
  await gate.end(session.id, engineer);
  const closed = async () => (await gateway.journal.recordings.get(session.id))?.endedAt;
  await expect.poll(closed).toBeDefined();
  return { session: session.id, approved, rejected };
}

/** Where a word stands: tables of the store, every column of them, and files of the data folder. */
async function placesOf(word: string): Promise<string[]> {
  const { pool } = ground.store.database;
  const { rows } = await pool.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
  );
  const places: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await pool.query(`select from "${name}" t where strpos(t::text, $1) > 0`, [word]);
    if (rowCount !== 0) places.push(name);
  }
  for (const entry of await readdir(ground.folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(word))
      places.push(entry.parentPath.slice(ground.folder.length + 1));
  return places;
}

async function archived(): Promise<Map<string, string>> {
  const to = new Date(Date.now() + 60_000).toISOString();
  const period = { from: "2020-01-01T00:00:00.000Z", to };
  const files = new Map<string, string>();
  for await (const file of tarFiles(await gateway.journal.evidence.archive(period, auditor.id))) {
    let text = "";
    for await (const chunk of file.bytes) text += Buffer.from(chunk).toString("latin1");
    files.set(file.path, text);
  }
  return files;
}

/** Until nothing more goes: each step is bounded. */
async function retain(): Promise<void> {
  for (let step = 0; step < 3; step++) await gateway.journal.retention.step();
}

test("whatever was said of a session's commands goes, wherever it was kept, but for those under a legal hold", async () => {
  const gone = await sessionOf("quokka");
  const held = await sessionOf("numbat");
  await gateway.journal.holds.place(held.session, { actor: auditor.id, reason: "case 7" });
  const before = await gateway.approvals.get(gone.approved);
  expect(before.impact?.sample?.rows).toEqual([["row-quokka", ""]]);
  const whole = await placesOf("numbat");
  expect(await placesOf("quokka")).toEqual(whole);
  expect(whole).toEqual(
    expect.arrayContaining(["commands", "ledger", "review_votes", "reviews", "sessions", "recordings"]),
  );

  await retain();
  expect(await placesOf("quokka")).toEqual([]);
  expect(await placesOf("numbat")).toEqual(whole);
  expect(gateway.errors).toEqual([]);

  await staysTold(before, gone);
  await saysSoEverywhere(gone, held);

  await gateway.journal.holds.lift(held.session, { actor: auditor.id, reason: "over" });
  await retain();
  expect(await placesOf("numbat")).toEqual([]);
});

/** Who decided what, and when; in the ledger too, with the hash of what went. */
async function staysTold(before: Review, { session, approved, rejected }: Told) {
  const after = await gateway.approvals.get(approved);
  const removal = { rule, at: expect.any(String) };
  expect(after).toEqual({
    ...before,
    state: "approved",
    decidedAt: expect.any(String),
    ...{ reason: "", original: "", sql: "", visible: "", parameters: [], impact: null },
    decision: { ...before.decision, facts: undefined },
    votes: [{ ...voteOf(reviewer), verdict: "approve", comment: "", at: expect.any(String) }],
    textRemoved: removal,
  });
  expect((await gateway.approvals.get(rejected)).votes).toMatchObject([{ verdict: "reject", comment: "" }]);

  const entries = await gateway.journal.ledger.page(0, 1_000);
  const cleared = entries.filter((entry) => entry.kind === "review.cleared" && entry.session === session);
  expect(cleared.map(({ body }) => body)).toMatchObject([
    { rule, target: "prod", review: approved, state: "approved", votes: [{ verdict: "approve" }] },
    { rule, target: "prod", review: rejected, state: "rejected", votes: [{ verdict: "reject" }] },
  ]);
  // Whoever kept a copy proves with it what went.
  const proof = createHash("sha256")
    .update(canonicalJson(textsOf(before)))
    .digest("hex");
  expect(cleared[0]?.body).toMatchObject({ texts: proof });
}

const voteOf = ({ id, person, name }: ReturnType<typeof someone>) => ({ actor: id, person, name });

/** In the lists of who asked and who decided, on the audit page and in the archive of the evidence. */
async function saysSoEverywhere(gone: Told, held: Told) {
  for (const actor of [engineer, reviewer]) {
    const { reviews } = await gateway.approvals.list({ actor, state: "decided" });
    const told = new Map(reviews.map(({ id, textRemoved }) => [id, textRemoved?.rule]));
    expect([gone.approved, gone.rejected, held.approved].map((id) => told.get(id))).toEqual([
      rule,
      rule,
      undefined,
    ]);
  }
  expect(await gateway.journal.recordings.get(gone.session)).toMatchObject({
    removed: { rule },
    textsRemoved: { rule },
  });
  const files = await archived();
  const summary = files.get("summary.html") ?? "";
  expect(summary).toContain(`Text and comments removed by retention on`);
  expect(summary).toContain("Commands of 1 sessions are not here");
  expect(summary).toContain("tomas: reject");
  for (const text of files.values()) expect(text).not.toContain("quokka");
  expect([...files.values()].filter((text) => text.includes("approved-numbat")).length).toBe(3);
  const ledger = files.get("ledger/000001.jsonl") ?? "";
  const lines = (async function* () {
    yield Buffer.from(ledger, "latin1");
  })();
  expect(await verifyFile(lines, { trusted: (await gateway.journal.ledger.keys()).keys })).toMatchObject({
    ok: true,
  });
}
