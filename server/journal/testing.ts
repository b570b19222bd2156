import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ActorId, newCommandId, newSessionId, TargetName, type SessionId } from "../../shared/ids.ts";
import { Decision } from "../../shared/nouns/decision.ts";
import { Session } from "../../shared/nouns/session.ts";
import { openDatabase, type Database } from "../db/database.ts";
import { createNotifier } from "../db/notify.ts";
import { createReviewTexts } from "../approval/review-texts.ts";
import { createVault } from "../vault/vault.ts";
import type { NewCommand } from "./command-row.ts";
import { createJournal, type Journal } from "./journal.ts";
import type { OtherTexts } from "./removals.ts";
import type { KeepRules, TagsByTarget } from "./retention.ts";
import type { RecordingStore } from "./recording-store.ts";
import { openRecordingFiles } from "./recording-files.ts";

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "sluice-journal-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Background work is done step by step, where a test says so. */
const never = 2 ** 31 - 1;

/** A journal as a gateway process has it: its own connections on a shared store and folder. */
export async function startJournal(
  url: string,
  folder: string,
  now: () => number = Date.now,
  {
    through = (files) => files,
    ...given
  }: {
    keep?: KeepRules;
    tags?: () => Promise<TagsByTarget>;
    onError?: (error: unknown) => void;
    /** What stands between the journal and its files. */
    through?: (files: RecordingStore) => RecordingStore;
  } = {},
): Promise<{ journal: Journal; database: Database; stop(): Promise<void> }> {
  const database = openDatabase(url);
  const notifier = await createNotifier(database);
  const letGo = async () => {
    await notifier.close();
    await database.close();
  };
  const journal = await createJournal({
    database,
    notifier,
    recordings: through(await openRecordingFiles(join(folder, "recordings"))),
    vault: someVault,
    verifyEveryMs: 0,
    workEveryMs: never,
    texts: textsOf(database),
    ...given,
    now,
  }).catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  return {
    journal,
    database,
    async stop() {
      await journal.stop();
      await letGo();
    },
  };
}

/** What other rooms keep: the sessions of these tests are in no table. */
export const textsOf = (database: Database): OtherTexts => ({
  reviews: createReviewTexts({ database }),
  sessions: { forgetReason: async () => {} },
});

/** A vault as each gateway on the store would have it. */
export const someVault = createVault({ keys: [{ id: "test", key: Buffer.alloc(32, 7) }], now: Date.now });

export const someActor = { id: ActorId.parse("issuer|ada"), name: "Ada", kind: "human" as const };

export function someSession(target = "shop"): Session {
  return Session.parse({
    id: newSessionId(),
    target,
    kind: "postgres",
    actor: someActor.id,
    actorName: someActor.name,
    state: "open",
    reason: "a look",
    openedAt: "2026-01-02T03:04:05.000Z",
    expiresAt: "2026-01-02T11:04:05.000Z",
  });
}

export const someDecision = (effect: Decision["effect"]): Decision =>
  Decision.parse({
    effect,
    policies: ["p1"],
    reasons: ["because"],
    obligations: {
      reviewers: [],
      reviewExpiresSeconds: 60,
      maxRows: 1000,
      timeoutMs: 1000,
      maxAffectedRows: null,
      unmask: [],
      masks: [],
    },
    policyVersion: 1,
  });

export function someCommand(session: SessionId, sql = "select 1", target = "shop"): NewCommand {
  return {
    id: newCommandId(),
    session,
    target: TargetName.parse(target),
    actor: someActor.id,
    actorName: someActor.name,
    request: { kind: "sql", sql, parameters: [], maxRows: 1000 },
    submittedAt: "2026-01-02T03:04:06.000Z",
    decision: someDecision("allow"),
    sha256: "ab".repeat(32),
  };
}
