import { Refusal } from "../../shared/contract/errors.ts";
import type { Facts } from "../../shared/nouns/facts.ts";
import type { Review } from "../../shared/nouns/review.ts";
import type { LiveSession } from "../session/sessions.ts";
import type { Targets } from "../targets/targets.ts";
import type { Asked } from "./asked.ts";
import type { SqlUnderstanding } from "./understand.ts";

/**
 * Commands of one target side by side, but a change of its schema alone: between judging a command by the catalog and
 * running it, no name may come to mean something else through this gateway.
 */
export type Turns = {
  /**
   * In its session's order. Throws `conflict` where the schema changed since the command was judged, and what `signal`
   * was aborted with where that comes before the turn: then none of the work begins.
   */
  take<T>(
    live: LiveSession,
    asked: Asked<SqlUnderstanding>,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T>;
  /** For a held command, which is judged anew within its turn. */
  again<T>(live: LiveSession, review: Review, work: () => Promise<T>): Promise<T>;
};

type Line = { reading: number; changing: boolean; waiting: { changes: boolean; begin: () => void }[] };

export function createTurns(targets: Pick<Targets, "catalog">): Turns {
  const lines = new Map<string, Line>();

  /** Who comes first goes first: a change waits for those who run, and those who come later wait for it. */
  async function inLine<T>(target: string, changes: boolean, work: () => Promise<T>): Promise<T> {
    const line = lines.get(target) ?? { reading: 0, changing: false, waiting: [] };
    lines.set(target, line);
    await new Promise<void>((begin) => {
      line.waiting.push({ changes, begin });
      admit(line);
    });
    try {
      return await work();
    } finally {
      if (changes) line.changing = false;
      else line.reading--;
      admit(line);
      if (line.reading === 0 && !line.changing) lines.delete(target);
    }
  }

  return {
    take: (live, asked, signal, work) => {
      const { target, catalog, meaning } = asked.understanding;
      const enter = (begin: () => Promise<void>) =>
        live.exclusive(() => inLine(target.name, changesSchema(meaning.facts), begin));
      return unlessAborted(signal, enter, async () => {
        if ((await targets.catalog(target)).revision !== catalog.revision)
          throw new Refusal(
            "conflict",
            "The target's schema changed while the command waited. Nothing ran.",
            {
              hint: "Run it again: it is judged by the schema as it is now.",
            },
          );
        return work();
      });
    },
    again: (live, review, work) => {
      const { facts } = review.decision;
      if (facts !== undefined && movesFile(facts)) return live.beside(work);
      return live.exclusive(() => inLine(review.target, changesSchema(facts), work));
    },
  };
}

/** Whoever may go has their place from here on, before they go: nobody gets in between. */
function admit(line: Line): void {
  for (let [next] = line.waiting; next; [next] = line.waiting) {
    if (line.changing || (next.changes && line.reading > 0)) return;
    line.waiting.shift();
    if (next.changes) line.changing = true;
    else line.reading++;
    next.begin();
  }
}

/** It goes beside the session's commands, on a channel of its own. */
const movesFile = ({ actions }: Facts): boolean => actions.some((action) => action.startsWith("file."));

/**
 * Changes after which every name means what it meant. They take long so that nobody waits for them, and wait for others
 * themselves. A unique index is none of these: writes would try values out on it that nobody counts yet.
 */
const besideOthers = new Set(["CREATE INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY"]);

/** Where nothing is known of it, it may. */
function changesSchema(facts: Facts | undefined): boolean {
  if (facts === undefined) return true;
  if (facts.kind !== "sql" || !facts.actions.includes("sql.ddl")) return false;
  return !facts.outsideTransaction.some((called) => besideOthers.has(called));
}

/** The work's value once `enter` has let it in. Whoever stops waiting keeps a place in the line, and does nothing there. */
function unlessAborted<T>(
  signal: AbortSignal,
  enter: (begin: () => Promise<void>) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    enter(async () => {
      signal.removeEventListener("abort", stop);
      signal.throwIfAborted();
      resolve(await work());
    }).catch(reject);
  });
}
