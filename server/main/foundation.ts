import { createHmac } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { createApprovals } from "../approval/approvals.ts";
import { createReviewTexts } from "../approval/review-texts.ts";
import type { Config, Secrets } from "../config/config.ts";
import { migrate, openDatabase } from "../db/database.ts";
import { createNotifier } from "../db/notify.ts";
import { createCapacity } from "../gate/capacity.ts";
import { createDiscover } from "../gate/discover.ts";
import { openSpool } from "../gate/spool.ts";
import { createSurvey } from "../gate/survey.ts";
import { createBlocks } from "../identity/blocks.ts";
import type { NoteWithin } from "../journal/append.ts";
import { createLatestRights } from "../identity/latest-rights.ts";
import { createJournal } from "../journal/journal.ts";
import { openRecordingFiles } from "../journal/recording-files.ts";
import { readBodies } from "../masking/bodies.ts";
import { classify } from "../masking/classify.ts";
import { createPolicyStore } from "../policy/store.ts";
import { defaultBackendLimits } from "../protocols/postgres/connect/settings.ts";
import { defaultSshLimits } from "../protocols/ssh/connect/limits.ts";
import { createParser } from "../protocols/postgres/parse/parser.ts";
import { createLookups } from "../session/lookups.ts";
import { createSessions } from "../session/sessions.ts";
import { isRefusedAddress } from "../targets/host.ts";
import { createTargets } from "../targets/targets.ts";
import { createVault } from "../vault/vault.ts";

/** Steps that undo what was started, last first. */
export type Undo = (() => unknown)[];

/** Milliseconds since 1970, for every room. */
export const now = Date.now;

/**
 * Every room but the gate and the door, in the order in which one needs another. `undo` takes the way back, also of
 * what was started before a later step failed. `workEveryMs`: how often the evidence is looked after in the background.
 */
export async function lay(
  config: Config,
  secrets: Secrets,
  log: Logger,
  undo: Undo,
  { workEveryMs }: { workEveryMs?: number } = {},
) {
  const onError = (error: unknown) => log.error(error);
  const { storeUrl, sealingKeys } = secrets;
  const database = openDatabase(storeUrl ?? "", { max: config.limits.storeConnections });
  undo.push(database.close);
  await migrate(database);
  const notifier = await createNotifier(database, () => void sessions.sweep().catch(onError));
  undo.push(notifier.close);

  const vault = createVault({ keys: sealingKeys, now });
  const approvals = createApprovals({ database, notifier, now, onError });
  const noteWithin: NoteWithin = (transaction, draft) => journal.noteWithin(transaction, draft);
  const policies = createPolicyStore({ database, notifier, noteWithin, now });
  undo.push(policies.close);
  const parser = createParser({ workers: config.limits.parserWorkers });
  undo.push(parser.close);
  const sessions = createSessions({ database, notifier, now, limits: config.limits, onError });
  undo.push(sessions.stop);
  const blocks = createBlocks({ database, notifier, noteWithin, now });
  undo.push(blocks.close);
  const rights = createLatestRights({ database, notifier, now });
  undo.push(rights.close);
  const lookups = createLookups({ database, now });

  const recordings = join(config.dataDir, "recordings");
  mkdirSync(recordings, { recursive: true, mode: 0o700 });
  const journal = await createJournal({
    database,
    notifier,
    recordings: await openRecordingFiles(recordings),
    vault,
    now,
    verifyEveryMs: config.verifyEveryMs,
    ...(workEveryMs !== undefined && { workEveryMs }),
    keep: config.keep,
    texts: { reviews: createReviewTexts({ database }), sessions },
    tags: async () => new Map((await targets.list()).map(({ name, tags }) => [name, tags])),
    onRecorderFailure: (session, error) => {
      log.error(error, "recording failed: the session ends");
      void sessions
        .close(session, "recorder")
        .then(() => journal.close(session, "recorder"))
        .catch(onError);
    },
    onError,
  });
  undo.push(journal.stop);

  const targets = createTargets({
    database,
    notifier,
    noteWithin,
    now,
    vault,
    readCatalog: (target) => survey.catalog(target),
    classifyRaw: async (raw, map, patterns, appeared) =>
      classify(raw, map, patterns, await readBodies(raw, parser), appeared),
    newColumns: config.newColumns,
  });
  undo.push(targets.close);
  const backendLimits = {
    ...defaultBackendLimits,
    statementTimeoutMs: config.limits.statementTimeoutMs,
    isRefusedAddress,
  };
  const sshLimits = { ...defaultSshLimits, isRefusedAddress };
  const asking = { approvals, vault, journal, backendLimits, sshLimits, now, sealed: targets.sealed };
  const survey = createSurvey(asking);
  const discover = createDiscover({ ...asking, targets });

  const [sealingKey] = sealingKeys;
  if (sealingKey === undefined) throw new TypeError("a gateway has a sealing key");
  const tokenKey = (of: string) =>
    createHmac("sha256", sealingKey.key).update(`mask token\0${of}`).digest("base64url");
  return {
    database,
    notifier,
    vault,
    approvals,
    policies,
    parser,
    sessions,
    blocks,
    rights,
    capacity: createCapacity(config.limits),
    lookups,
    journal,
    targets,
    survey,
    discover,
    spool: await openSpool(join(config.dataDir, "spool"), now),
    backendLimits,
    sshLimits,
    tokenKey,
    now,
    onError,
  };
}

export type Foundation = Awaited<ReturnType<typeof lay>>;
