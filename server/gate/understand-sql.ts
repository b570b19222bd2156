import { Refusal } from "../../shared/contract/errors.ts";
import type { Catalog } from "../../shared/nouns/catalog.ts";
import type { Parameter } from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { PostgresTarget } from "../../shared/nouns/target.ts";
import { confirm } from "../masking/confirm.ts";
import { hiddenClasses, type Hidden } from "../masking/hidden.ts";
import { lookedFor } from "../masking/looked-for.ts";
import { rewrite, type Rewritten } from "../masking/rewrite.ts";
import { decide, readsClock } from "../policy/policies.ts";
import type { Meaning } from "../protocols/postgres/facts/meaning.ts";
import { describe } from "../protocols/postgres/facts/describe.ts";
import { createShortCache } from "./short-cache.ts";
import { resolvedHash } from "./resolved.ts";
import type { Rooms } from "./rooms.ts";
import type { Ask } from "./understand.ts";

/** All that is known about a SQL text before anything of it runs. */
export type SqlUnderstood = {
  kind: "sql";
  target: PostgresTarget;
  catalog: Catalog;
  meaning: Meaning;
  decision: Decision;
  hidden: Hidden;
  /** Hash of what its names were resolved to: an approval is bound to it. */
  resolved: string;
  /** What will run; undefined where the decision is to block. */
  rewritten: Rewritten | undefined;
  /** The sentence of the stage that refused, where it was not policy that blocked. */
  refusal: Refusal | undefined;
};

type SqlAsk = Ask & { target: PostgresTarget; sql: string; parameters: readonly Parameter[] };

const cachedUnderstandings = 2_000;
/** Longer texts are understood anew each time: the memory that answers take is bounded. */
const maxCachedLength = 16 * 1024;
const freshForMs = 10_000;

/** The rooms that understanding asks. */
type Asking = Pick<Rooms, "parser" | "tokenKey" | "now"> & {
  targets: Pick<Rooms["targets"], "catalog" | "dataClasses">;
  policies: Pick<Rooms["policies"], "current">;
};

/**
 * Parse, facts, decision and rewriting of a command. Free of effects, so an equal question is answered from memory
 * for some seconds; every version that the answer rests on is part of the question. A command that looks for hidden
 * values is counted each time, and decided anew by the count.
 */
export function createUnderstandSql(rooms: Asking): (ask: SqlAsk) => Promise<SqlUnderstood> {
  const cache = createShortCache<SqlUnderstood>({
    entries: cachedUnderstandings,
    freshForMs,
    now: rooms.now,
  });

  return async function understandSql({ actor, target, sql, parameters, session, lookups, policies: draft }) {
    const [catalog, policies, classes] = await Promise.all([
      rooms.targets.catalog(target),
      draft ?? rooms.policies.current(),
      rooms.targets.dataClasses(),
    ]);
    const who = [actor.id, actor.kind, actor.groups, actor.roles, actor.tenant, actor.owner];
    const versions = [target.name, target.revision, catalog.revision, policies.version, classes];
    const answer = async (recentLookups: number): Promise<SqlUnderstood> => {
      const parsed = await rooms.parser.parse(sql);
      const meaning = describe(parsed, catalog);
      const decided = decide(policies, {
        actor,
        target,
        session,
        facts: meaning.facts,
        dataClasses: classes,
        recentLookups,
        now: rooms.now(),
      });
      const decision = recentLookups > 0 ? { ...decided, recentLookups } : decided;
      const shown = decision.obligations.unmask.map((unmask) => unmask.class);
      const hidden = hiddenClasses(catalog, classes, shown);
      const known = {
        kind: "sql" as const,
        target,
        catalog,
        meaning,
        hidden,
        resolved: resolvedHash(meaning, catalog),
      };
      if (decision.effect === "block")
        return { ...known, decision, rewritten: undefined, refusal: undefined };
      refuseCompany(meaning);
      try {
        const tokenKey = rooms.tokenKey(session?.id ?? actor.id);
        const rewritten = rewrite({ parsed, meaning, catalog, hidden, lookups: true, tokenKey });
        if (rewritten.sql !== sql) confirm(await rooms.parser.parseTree(rewritten.sql), rewritten);
        const obligations = { ...decision.obligations, masks: rewritten.masks };
        return { ...known, decision: { ...decision, obligations }, rewritten, refusal: undefined };
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "masking_refused") throw error;
        return { ...known, decision: blockedBy(decision, error), rewritten: undefined, refusal: error };
      }
    };
    const isKept = draft === undefined && !readsClock(policies, actor) && sql.length <= maxCachedLength;
    const understanding = isKept
      ? await cache(JSON.stringify([who, versions, session?.id, sql]), () => answer(0))
      : await answer(0);
    try {
      // None where it is blocked whatever the count.
      const values = lookedFor(understanding.rewritten?.lookups ?? [], parameters);
      return values === 0 ? understanding : await answer(await lookups(values));
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "masking_refused") throw error;
      const decision = blockedBy(understanding.decision, error);
      return { ...understanding, decision, rewritten: undefined, refusal: error };
    }
  };
}

/** Throws `runs_alone` for a script with a statement that PostgreSQL runs outside a transaction block. */
function refuseCompany({ statements }: Meaning): void {
  const alone = statements.find(({ outside }) => outside !== undefined)?.outside;
  if (alone === undefined || statements.length === 1) return;
  throw new Refusal(
    "runs_alone",
    `${alone.called} runs outside a transaction, and the statements of a command run in one. Nothing ran.`,
    { hint: `Send ${alone.called} as a command of its own, and the other statements before or after it.` },
  );
}

/** A command that cannot be masked safely is blocked, whatever policy allows. */
function blockedBy(decision: Decision, refusal: Refusal): Decision {
  return { ...decision, effect: "block", policies: [], reasons: [refusal.message], hint: refusal.hint };
}
