import { isFinal, type Run, type Runs } from "./runs.ts";

/** What became of runs since the last look, each told once. */
export type RunNews = {
  /** It has more to say than rows: it was held, stopped, failed, or only wrote. */
  stopped: readonly Run[];
  /** It was held, and has ended by somebody else's word. */
  decided: readonly Run[];
};

/**
 * Compares each look at the runs with those before. A stream that reconnects tells of a command from its beginning
 * again: what has ended is news no more, whatever it seems to go through.
 */
export function createRunNews(): (runs: Runs) => RunNews {
  const states = new Map<string, Run["state"]>();
  const held = new Set<string>();
  const ended = new Set<string>();
  return (runs) => {
    const changed = runs.filter(({ key, state }) => states.get(key) !== state && !ended.has(key));
    for (const { key, state } of changed) {
      states.set(key, state);
      if (state === "held") held.add(key);
      if (isFinal(state)) ended.add(key);
    }
    return {
      stopped: changed.filter(
        ({ state, results }) =>
          state === "held" || (isFinal(state) && (state !== "completed" || results.length === 0)),
      ),
      decided: changed.filter(({ key, state }) => isFinal(state) && state !== "withdrawn" && held.has(key)),
    };
  };
}
