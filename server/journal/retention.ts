import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { SessionId } from "../../shared/ids.ts";
import type { Removal } from "../../shared/nouns/recording.ts";
import type { KeepRule } from "../config/config.ts";
import type { Append } from "./append.ts";
import type { RecordingStore } from "./recording-store.ts";
import { createRemovals, type OtherTexts, type Remove } from "./removals.ts";
import { stepOfWork, type Work } from "./work.ts";

/** Sessions of one rule that one step takes up. */
const maxStepSessions = 20;
const dayMs = 86_400_000;

/** Which rules there are for what, the first that fits a target's tags wins. What no rule fits is kept. */
export type KeepRules = { recordings: readonly KeepRule[]; texts: readonly KeepRule[] };

/** Tags of each target that there is. */
export type TagsByTarget = ReadonlyMap<string, Readonly<Record<string, string>>>;

export type Retention = {
  /**
   * Removes what is past its time, a bounded piece, unless another process is at it. The entry that says what was
   * removed, by which rule and with which hash, is durable before anything goes. Sessions under a legal hold stay.
   */
  step(): Promise<void>;
  /** When what is kept of a closed session goes, and by which rule, as things stand. */
  removalOf(
    what: keyof KeepRules,
    recording: { target: string; endedAt: string | undefined },
  ): Promise<Removal | undefined>;
};

export function createRetention(dependencies: {
  pool: Pool;
  store: RecordingStore;
  append: Append;
  texts: OtherTexts;
  rules: KeepRules;
  tags: () => Promise<TagsByTarget>;
  now: () => number;
}): Retention {
  const { pool, rules, tags, now } = dependencies;
  const { removeRecording, removeTexts } = createRemovals(dependencies);
  const work: Work<object> = { name: "retention", state: z.object({}), start: {} };

  const apply = async (
    client: PoolClient,
    column: "removed_at" | "bodies_removed_at",
    list: readonly KeepRule[],
    remove: Remove,
  ) => {
    const known = await tags();
    for (const rule of list) {
      const governed = [...known].filter(([, its]) => ruleFor(list, its) === rule).map(([name]) => name);
      // What is no target any more has no tags: the rule for everything governs it, where there is one.
      const { rows } = await client.query<{ session: string }>(
        `select session from recordings where ended_at < $1 and ${column} is null and held_at is null
           and (target = any($2) or ($3 and target <> all($4)))
         order by ended_at limit ${maxStepSessions}`,
        [new Date(now() - rule.days * dayMs), governed, rule.tag === undefined, [...known.keys()]],
      );
      for (const { session } of rows) await remove(client, SessionId.parse(session), rule.text);
    }
  };

  return {
    async step() {
      if (rules.recordings.length === 0 && rules.texts.length === 0) return;
      await stepOfWork(pool, work, async (state, client) => {
        await apply(client, "removed_at", rules.recordings, removeRecording);
        await apply(client, "bodies_removed_at", rules.texts, removeTexts);
        return state;
      });
    },
    async removalOf(what, { target, endedAt }) {
      const rule = ruleFor(rules[what], (await tags()).get(target) ?? {});
      if (!rule || endedAt === undefined) return undefined;
      return { rule: rule.text, at: new Date(Date.parse(endedAt) + rule.days * dayMs).toISOString() };
    },
  };
}

const ruleFor = (rules: readonly KeepRule[], tags: Readonly<Record<string, string>>) =>
  rules.find(({ tag }) => tag === undefined || tags[tag.name] === tag.value);
