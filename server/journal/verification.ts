import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { Checkpoint } from "../../shared/nouns/entry.ts";
import type { EvidenceStatus, Finding } from "../../shared/nouns/evidence.ts";
import type { Notifier } from "../db/notify.ts";
import type { Append } from "./append.ts";
import { emptyHead, type Head } from "./chain.ts";
import { checkEntry, checkRecording, type Fault, type StoredEntry } from "./checks.ts";
import type { Keyring } from "./keyring.ts";
import type { RecordingStore } from "./recording-store.ts";
import { stateOfWork, stepOfWork, type Work } from "./work.ts";

/** What one step looks at, at most: a store and a disk hardly notice. */
const maxStepEntries = 500;
const maxStepBytes = 8 * 1024 * 1024;
/** Findings of one pass that are kept; a ledger with more is not better understood by them. */
const maxFindings = 100;
const shownFindings = 20;

const Place = z.object({
  /** Counts the passes; findings of an earlier one that a whole pass has not met again are over. */
  pass: z.int(),
  startedAt: z.string(),
  /** The last entry that was checked. */
  seq: z.int(),
  hash: z.string(),
  /** Within the recording that the next entry closes. */
  recording: z.object({ events: z.int(), bytes: z.int(), hash: z.string() }).nullable(),
  /** When a pass last came to the head. */
  completedAt: z.string().nullable(),
  /** This pass has been to the head, and follows it until the next one begins. */
  atHead: z.boolean(),
});
type Place = z.infer<typeof Place>;

/**
 * The check that never ends: through the ledger from its first entry to its head, signatures and closed sessions'
 * recordings included, then along with the head as it moves, and, after a while, from the beginning again.
 */
export type Verification = {
  /**
   * Checks the next bounded piece, unless another process is at it. What it finds is kept, becomes an entry
   * `evidence.alarm` once, and is told to whoever may know.
   */
  step(): Promise<void>;
  status(): Promise<EvidenceStatus>;
  /** Alarms that this process has raised. */
  alarms(): number;
};

export function createVerification(dependencies: {
  pool: Pool;
  store: RecordingStore;
  keyring: Pick<Keyring, "known">;
  append: Append;
  notifier: Notifier;
  now: () => number;
  /** How long after its beginning a pass is followed by the next, in milliseconds. */
  everyMs: number;
  onError: (error: unknown) => void;
}): Verification {
  const { pool, store, keyring, append, notifier, now, everyMs, onError } = dependencies;
  const time = () => new Date(now()).toISOString();
  const work: Work<Place> = {
    name: "verification",
    state: Place,
    start: { ...beginning(1, time()), completedAt: null },
  };
  let alarms = 0;
  /** Whoever may know is told once the step is committed: before, they would read what was. */
  let changed = false;

  const tell = async (kind: "evidence.alarm" | "evidence.sound", session: string | null, body: object) => {
    // An alarm rings also where the ledger cannot be written: that may be what it is about.
    await append({ kind, actor: null, session, command: null, body: { ...body } }).catch(onError);
    changed = true;
  };

  const report = async (client: PoolClient, { entry, what, session, why }: Fault, pass: number) => {
    const { rows } = await client.query<{ fresh: boolean }>(
      `insert into evidence_findings (seq, what, session, why, found_at, pass)
       select $1, $2, $3, $4, $5, $6 where (select count(*) from evidence_findings) < ${maxFindings}
         or exists (select from evidence_findings where seq = $1 and what = $2)
       on conflict (seq, what) do update set pass = excluded.pass, why = excluded.why
       returning xmax = 0 as fresh`,
      [entry, what, session, why, time(), pass],
    );
    if (rows[0]?.fresh !== true) return;
    alarms += 1;
    await tell("evidence.alarm", session, { entry, what, why });
  };

  /** The head is reached: what this pass has not met again is over. */
  const complete = async (client: PoolClient, place: Place): Promise<Place> => {
    const over = await client.query("delete from evidence_findings where pass < $1", [place.pass]);
    const left = await client.query("select from evidence_findings limit 1");
    if ((over.rowCount ?? 0) > 0 && left.rowCount === 0)
      await tell("evidence.sound", null, { entries: place.seq });
    return { ...place, completedAt: time(), atHead: true };
  };

  const step = async (place: Place, client: PoolClient): Promise<Place> => {
    if (place.atHead && now() - Date.parse(place.startedAt) >= everyMs)
      return { ...place, ...beginning(place.pass + 1, time()) };
    let at = place;
    let bytes = maxStepBytes;
    const entries = await entriesAfter(client, at.seq);
    // After the entries: a key that signed one of them is known by now.
    const keys = await keyring.known();
    for (const entry of entries) {
      if (at.recording === null) {
        const fault = await checkEntry(client, entry, at, keys);
        if (fault) await report(client, fault, at.pass);
      }
      if (entry.kind === "session.closed") {
        const from = at.recording ?? undefined;
        const { fault, next, read } = await checkRecording(client, store, entry, from, bytes);
        if (fault) await report(client, fault, at.pass);
        if (next) return { ...at, recording: next };
        bytes = Math.max(1, bytes - read);
      }
      at = { ...at, seq: entry.seq, hash: entry.hash, recording: null };
    }
    if (at.seq !== place.seq) return at;
    const { last, fault } = await checkHead(client, at);
    if (fault) await report(client, fault, at.pass);
    if (last > at.seq || at.atHead) return at;
    return complete(client, at);
  };

  return {
    async step() {
      await stepOfWork(pool, work, step);
      if (!changed) return;
      changed = false;
      await notifier.publish({ type: "evidence.changed" });
    },
    alarms: () => alarms,
    async status() {
      const { seq, completedAt } = await stateOfWork(pool, work);
      const { rows } = await pool.query<{
        seq: string;
        what: Finding["what"];
        session: string | null;
        why: string;
        found_at: Date;
        total: string;
      }>(
        `select *, count(*) over () as total from evidence_findings order by seq, what limit ${shownFindings}`,
      );
      const total = Number(rows[0]?.total ?? 0);
      return {
        state: total > 0 ? "damaged" : completedAt === null ? "unchecked" : "sound",
        checkedTo: seq,
        completedAt,
        findings: rows.map(({ seq: entry, what, session, why, found_at }) => ({
          entry: Number(entry),
          what,
          session,
          why,
          foundAt: found_at.toISOString(),
        })),
        findingCount: total,
      };
    },
  };
}

const beginning = (pass: number, startedAt: string) => ({
  pass,
  startedAt,
  ...emptyHead,
  recording: null,
  atHead: false,
});

async function entriesAfter(client: PoolClient, seq: number): Promise<StoredEntry[]> {
  const { rows } = await client.query<
    Omit<StoredEntry, "seq" | "checkpoint"> & { seq: string; checkpoint: object | null }
  >(
    `select l.*, case when c.seq is not null then json_build_object('seq', c.seq, 'hash', c.hash, 'at', c.at,
       'keyId', c.key_id, 'signature', c.signature) end as checkpoint
     from (
       select *, sum(octet_length(body)) over (order by seq) - octet_length(body) as before
       from (select * from ledger where seq > $1 order by seq limit ${maxStepEntries}) next
     ) l left join checkpoints c using (seq)
     where coalesce(l.before, 0) < ${maxStepBytes} order by l.seq`,
    [seq],
  );
  return rows.map((row) => ({
    ...row,
    seq: Number(row.seq),
    checkpoint: row.checkpoint === null ? null : Checkpoint.parse(row.checkpoint),
  }));
}

/** Whether the ledger ends where its head says, and where something was signed, as one moment shows it. */
async function checkHead(client: PoolClient, at: Head): Promise<{ last: number; fault?: Fault }> {
  const { rows } = await client.query<{ last: string; seq: string; hash: string; signed: string }>(
    `select (select coalesce(max(seq), 0) from ledger) as last, seq, hash,
       (select coalesce(max(seq), 0) from checkpoints) as signed from ledger_head`,
  );
  const last = Number(rows[0]?.last ?? 0);
  const head = { seq: Number(rows[0]?.seq ?? 0), hash: rows[0]?.hash };
  const fault = (entry: number, why: string): { last: number; fault: Fault } => ({
    last,
    fault: { entry, what: "head", session: null, why },
  });
  const furthest = Math.max(head.seq, Number(rows[0]?.signed ?? 0));
  if (last < furthest) return fault(last + 1, `it is missing: the ledger went on to entry ${furthest}`);
  if (last === at.seq && head.hash !== at.hash) return fault(last, "it is not the one that the head names");
  return { last };
}
