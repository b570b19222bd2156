import { sql } from "kysely";
import { Refusal } from "../../shared/contract/errors.ts";
import type { NoteWithin } from "../journal/append.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import { compilePolicies, type PolicySet } from "./compile.ts";

/** One version of the policies. `managed`: a declarative file put it, and the portal may not replace it. */
export type PolicyVersion = {
  version: number;
  text: string;
  /** Actor id, or `declaration`. */
  by: string;
  comment: string;
  managed: boolean;
  /** RFC 3339. */
  at: string;
};

export type PolicyChange = Pick<PolicyVersion, "by" | "comment" | "managed"> & {
  replacing?: number | undefined;
};

type PolicyTable = Omit<PolicyVersion, "at"> & { at: Date };

export type PolicyStore = {
  /**
   * The policies in force, compiled; `fresh`: as the store has them now. Before any were put: version 0, which allows
   * nothing.
   */
  current(fresh?: boolean): Promise<PolicySet>;
  /** The version in force as it was put; undefined before any was. */
  latest(): Promise<PolicyVersion | undefined>;
  /**
   * Validates a text and puts it in force as the next version. The text that is in force already stays its version,
   * so that applying a declaration twice changes nothing. `replacing`: the version that the change was made from.
   * Its entry in the ledger is there with it, or neither is.
   * @throws Refusal `policy_invalid`, `too_large`, `managed`, `conflict`, `journal_unavailable`
   */
  put(text: string, change: PolicyChange): Promise<PolicyVersion>;
  /** Newest first, at most `limit` (1 to 100). */
  history(limit: number): Promise<PolicyVersion[]>;
  close(): void;
};

/** Whoever puts what a declarative file says. */
export const byDeclaration = "declaration";

/** Writers of policies, one at a time: any constant that nothing else in this database uses. */
const putLock = 0x51_01_30;
/** How long a set is used without asking the store, where a notification was lost. */
const freshForMs = 900;
const maxHistory = 100;

/** The versions of the policies in the store, compiled once per version and process. */
export function createPolicyStore(options: {
  database: Database;
  notifier: Notifier;
  noteWithin: NoteWithin;
  now: () => number;
}): PolicyStore {
  const { database, notifier, noteWithin, now } = options;
  const tables = database.kysely.withTables<{ policy_versions: PolicyTable }>();
  let held: { set: PolicySet; checkedAt: number } | undefined;
  let loading: Promise<PolicySet> | undefined;
  let changes = 0;

  const unsubscribe = notifier.subscribe((event) => {
    if (event.type !== "policies.changed") return;
    changes++;
    // What is being loaded may be the version before the change.
    held = undefined;
    loading = undefined;
  });

  const newest = (from: typeof tables = tables) =>
    from.selectFrom("policy_versions").selectAll().orderBy("version", "desc").limit(1).executeTakeFirst();

  async function load(): Promise<PolicySet> {
    const [seenChanges, checkedAt] = [changes, now()];
    const row = await newest();
    const version = row?.version ?? 0;
    const set = held?.set.version === version ? held.set : compilePolicies(row?.text ?? "", version);
    // Of two loads at once, the later to come back may be the earlier to have looked.
    if (seenChanges === changes && version >= (held?.set.version ?? 0)) held = { set, checkedAt };
    return set;
  }

  return {
    async current(fresh = false) {
      if (fresh) return load();
      if (held !== undefined && now() - held.checkedAt < freshForMs) return held.set;
      if (loading === undefined) {
        const mine = load().finally(() => {
          if (loading === mine) loading = undefined;
        });
        loading = mine;
      }
      return loading;
    },
    async latest() {
      const row = await newest();
      return row && toVersion(row);
    },
    async put(text, { replacing, ...change }) {
      const saved = await tables.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${putLock})`.execute(transaction);
        const before = await newest(transaction);
        if (before?.managed && !change.managed)
          throw new Refusal("managed", "A file manages the policies.", {
            hint: "Change them in that file and apply it again.",
          });
        const inForce = before?.version ?? 0;
        if (replacing !== undefined && replacing !== inForce)
          throw new Refusal("conflict", `Version ${inForce} is in force by now, not ${replacing}.`, {
            hint: "Read it, and put your change on top.",
          });
        const version = inForce + 1;
        compilePolicies(text, version);
        if (before?.text === text && before.managed === change.managed)
          return { row: before, changed: false };
        const row = await transaction
          .insertInto("policy_versions")
          .values({ version, text, ...change, at: new Date(now()) })
          .returningAll()
          .executeTakeFirstOrThrow();
        const { by, comment, managed } = change;
        await noteWithin(transaction, {
          kind: "policy.changed",
          actor: by === byDeclaration ? null : by,
          session: null,
          command: null,
          body: { version, by, comment, managed, text },
        });
        return { row, changed: true };
      });
      if (saved.changed) await notifier.publish({ type: "policies.changed", version: saved.row.version });
      return toVersion(saved.row);
    },
    async history(limit) {
      const rows = await tables
        .selectFrom("policy_versions")
        .selectAll()
        .orderBy("version", "desc")
        .limit(Math.min(Math.max(limit, 1), maxHistory))
        .execute();
      return rows.map(toVersion);
    },
    close: unsubscribe,
  };
}

const toVersion = (row: PolicyTable): PolicyVersion => ({ ...row, at: row.at.toISOString() });
