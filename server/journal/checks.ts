import type { PoolClient } from "pg";
import { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";
import { SessionId } from "../../shared/ids.ts";
import { Checkpoint } from "../../shared/nouns/entry.ts";
import type { Finding } from "../../shared/nouns/evidence.ts";
import { BodiesRemoved, RecordingRemoved } from "../../shared/recording/ledger-file.ts";
import { bodyHashOf, entryHash, type Head } from "./chain.ts";
import { checkedLines, noEvents, type RecordingHead } from "./recording-lines.ts";
import type { RecordingStore } from "./recording-store.ts";
import { recordingKey } from "./recordings.ts";
import { isSigned, type PublicKey } from "./signer.ts";

/** A row of the ledger as the store has it now, whoever wrote it last, with the checkpoint over it where there is one. */
export type StoredEntry = {
  seq: number;
  at: string;
  kind: string;
  actor: string | null;
  session: string | null;
  command: string | null;
  body: string | null;
  body_hash: string | null;
  previous: string;
  hash: string;
  checkpoint: z.infer<typeof Checkpoint> | null;
};

export type Fault = Pick<Finding, "entry" | "what" | "session" | "why">;

/** What is wrong with an entry that should stand behind `before`, in the order in which it would be seen. */
export async function checkEntry(
  client: PoolClient,
  entry: StoredEntry,
  before: Head,
  keys: ReadonlyMap<string, PublicKey>,
): Promise<Fault | undefined> {
  const { seq, session, body, body_hash, previous, hash, checkpoint } = entry;
  const fault = (why: string, what: Fault["what"] = "entry", at = seq): Fault => ({
    entry: at,
    what,
    session,
    why,
  });
  if (seq !== before.seq + 1) return fault("it is missing", "entry", before.seq + 1);
  if (previous !== before.hash) return fault("it does not continue the entry before");
  const bodyHash = body === null ? (body_hash ?? "") : bodyHashOf(body);
  if (entryHash(previous, seq, { ...entry, bodyHash }) !== hash) return fault("it is not what was written");
  if (body === null && !(await bodyWasRemoved(client, entry)))
    return fault("its body is missing, and no rule has removed it");
  if (!checkpoint) return undefined;
  const key = keys.get(checkpoint.keyId);
  if (checkpoint.hash !== hash) return fault("another entry was signed here", "checkpoint");
  if (!key || !isSigned(key, checkpoint))
    return fault(`its checkpoint is not signed by key ${checkpoint.keyId} of this gateway`, "checkpoint");
  return undefined;
}

async function bodyWasRemoved(client: PoolClient, { seq, session }: StoredEntry): Promise<boolean> {
  const { rows } = await client.query<{ body: string }>(
    "select body from ledger where session = $1 and seq > $2 and kind = 'bodies.removed' and body is not null",
    [session, seq],
  );
  return rows.some(({ body }) => {
    const told = BodiesRemoved.safeParse(parse(body));
    return told.success && told.data.entries.some(([from, to]) => from <= seq && seq <= to);
  });
}

/** What `session.closed` says of its session's recording; `complete`: nothing may follow. */
const Closed = z.object({
  recording: z.object({ events: z.int(), hash: z.string(), complete: z.boolean() }),
});

/**
 * Reads a closed session's recording on from `from`, at most about `maxBytes`, against the entry that closed it. `next`
 * is where to go on, where it has not come to the end.
 */
export async function checkRecording(
  client: PoolClient,
  store: RecordingStore,
  entry: StoredEntry,
  from: RecordingHead = noEvents,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<{ fault?: Fault; next?: RecordingHead; read: number }> {
  const session = SessionId.safeParse(entry.session);
  const closed = Closed.safeParse(parse(entry.body ?? "null"));
  if (!session.success || !closed.success) return { read: 0 };
  const { events, hash, complete } = closed.data.recording;
  let head = from;
  const fault = (why: string) => ({
    fault: { entry: entry.seq, what: "recording" as const, session: entry.session, why },
    read: head.bytes - from.bytes,
  });
  try {
    const key = recordingKey(session.data);
    const size = await store.size(key);
    if (size === undefined)
      return (await recordingWasRemoved(client, entry)) ? { read: 0 } : fault("the recording is missing");
    const anchor = { events, hash };
    for await (const step of checkedLines(store.read(key, from.bytes, size), anchor, from)) {
      head = step.head;
      if (head.bytes - from.bytes >= maxBytes) return { next: head, read: head.bytes - from.bytes };
    }
    if (complete && (head.events > events || head.bytes < size))
      return fault("something was added to the recording");
    return { read: head.bytes - from.bytes };
  } catch (error) {
    if (error instanceof Refusal) return fault(error.message);
    if (error instanceof RangeError) return fault(`the recording cannot be read: ${error.message}`);
    if (error instanceof Error && "syscall" in error && "code" in error)
      return fault(`the recording cannot be read (${String(error.code)})`);
    throw error;
  }
}

async function recordingWasRemoved(client: PoolClient, { seq, session }: StoredEntry): Promise<boolean> {
  const { rows } = await client.query<{ body: string }>(
    "select body from ledger where session = $1 and seq > $2 and kind = 'recording.removed' and body is not null",
    [session, seq],
  );
  return rows.some(({ body }) => RecordingRemoved.safeParse(parse(body)).success);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
