import { afterAll, beforeAll, expect, test } from "vitest";
import { ActorId } from "../../shared/ids.ts";
import { TargetInput } from "../../shared/nouns/target.ts";
import { verifyFile } from "../../shared/recording/verify.ts";
import { openDatabase } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import { freshDatabase } from "../db/testing.ts";
import { createBlocks } from "../identity/blocks.ts";
import type { NoteWithin } from "../journal/append.ts";
import { openKeyring } from "../journal/keyring.ts";
import { createLedgerWriter } from "../journal/ledger-writer.ts";
import { someVault, startJournal, temporaryFolder } from "../journal/testing.ts";
import { createPolicyStore } from "../policy/store.ts";
import { createTargets } from "../targets/targets.ts";
import { connectionOf } from "../db/connection.ts";
import { relayTo, through, type Wire } from "./testing-wire.ts";
import { auditor, policies } from "./testing.ts";

/**
 * What administrators change lives in the store alone: a gateway that dies leaves what it had sent so far. So the wire
 * to the store ends before each request in turn, and stays dead for that gateway.
 */
let store: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let wire: Wire;

beforeAll(async () => {
  store = await freshDatabase({ migrate: true });
  folder = await temporaryFolder();
  wire = await relayTo(store.url);
});
afterAll(async () => {
  await wire?.close();
  await store?.drop();
  await folder?.remove();
});

const now = Date.now;
const noNotifier: Notifier = {
  publish: async () => {},
  subscribe: () => () => {},
  close: async () => {},
};

/** The rooms whose changes are evidence, on connections of their own. */
async function openRooms(url: string) {
  const database = openDatabase(url);
  const { pool } = database;
  const writer = createLedgerWriter({
    ...{ pool, now },
    keyring: await openKeyring({ pool, vault: someVault, now }),
  });
  const noteWithin: NoteWithin = (transaction, draft) =>
    writer.appendWithin(connectionOf(transaction), draft);
  const on = { database, notifier: noNotifier, noteWithin, now };
  return {
    policies: createPolicyStore(on),
    targets: createTargets({
      ...on,
      vault: someVault,
      readCatalog: () => Promise.reject(new Error("nothing is connected to")),
      classifyRaw: () => Promise.reject(new Error("nothing is connected to")),
    }),
    blocks: createBlocks(on),
    close: database.close,
  };
}

/** Everything that is not to be in force without its entry, changed one after the other; each carries the round. */
async function change(rooms: Awaited<ReturnType<typeof openRooms>>, round: string): Promise<void> {
  const actor = ActorId.parse(auditor.id);
  const by = { managed: false, actor };
  await rooms.policies.put(`${policies}// ${round}\n`, { by: actor, comment: round, managed: false });
  const target = { kind: "postgres", host: "db.test", database: "shop", user: "gate", password: round };
  await rooms.targets.put("changing", TargetInput.parse({ ...target, tags: { round } }), by);
  const note = { name: "note", description: round, mask: { kind: "redact" as const }, lookup: false };
  await rooms.targets.setDataClasses([note], [], by);
  const block = await rooms.blocks.block(round, "left", auditor);
  await rooms.blocks.lift(block.id, "back", auditor);
}

/** Which changes of a round are in force, and the entries that say so, as of one moment. */
async function changesOf(round: string): Promise<{ made: string[]; told: string[] }> {
  const { rows } = await store.database.pool.query<{ made: string[]; told: string[] }>(
    `with entries as (select kind, body::jsonb as body from ledger where kind = any($2))
    select
      array(select 'policy.changed' from policy_versions where comment = $1
        union all select 'target.changed' from targets where tags->>'round' = $1
        union all select 'classes.changed' from classification where classes->0->>'description' = $1
        union all select 'access.revoked' from actor_blocks where subject = $1) as made,
      array(select kind from entries where $1 in (body->>'comment', body->'tags'->>'round',
        body->'classes'->0->>'description', body->>'subject')) as told`,
    [round, ["policy.changed", "target.changed", "classes.changed", "access.revoked", "access.restored"]],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("a query without a table gives a row");
  return row;
}

test("no change of policies, targets, credentials, classes or access is in force without its entry", async () => {
  const ends = new Set<number>();
  let survived = false;
  for (let point = 1; !survived; point++) {
    const rooms = await openRooms(through(store.url, wire));
    const round = `round ${point}`;
    let requests = 0;
    wire.tap = () => ++requests < point;
    survived = await change(rooms, round).then(
      () => true,
      () => false,
    );
    wire.tap = () => true;
    wire.cut();
    await rooms.close();
    const { made, told } = await changesOf(round);
    expect(told, "nothing is told twice").toEqual([...new Set(told)]);
    const over = told.includes("access.restored") ? ["access.revoked", "access.restored"] : [];
    expect(made.toSorted(), `died before request ${point}`).toEqual(
      told.filter((kind) => !over.includes(kind)).toSorted(),
    );
    ends.add(told.length);
  }
  expect([...ends], "it died before, between and after them").toEqual([0, 1, 2, 3, 4, 5]);
}, 120_000);

test("as many changes at once as the store may be asked wait for no connection but their own", async () => {
  const rooms = await openRooms(store.url);
  const changed = Array.from({ length: 40 }, (_, number) =>
    rooms.blocks.block(`somebody ${number}`, "all at once", auditor),
  );
  expect(await Promise.all(changed)).toHaveLength(40);
  await rooms.close();
}, 60_000);

test("the ledger that is left is whole", async () => {
  const { journal, stop } = await startJournal(store.url, folder.path);
  const lines = async function* () {
    for await (const line of journal.ledger.export()) yield Buffer.from(line);
  };
  expect(await verifyFile(lines())).toMatchObject({ ok: true, from: 1 });
  await stop();
});
