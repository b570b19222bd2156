import { useEffect, useState } from "react";
import { evaluate } from "../../api/calls.ts";
import { isAbort, toUserError, UserError } from "../../api/errors.ts";
import type { Evaluation } from "../../api/nouns.ts";
import { useApi, useLive } from "../../api/portal.tsx";

/** Typing rests for this long before the gate is asked. */
const restMs = 300;

/** Said of what was typed while the link was lost. */
const unanswered = new UserError(
  "network",
  "The gateway does not answer.",
  "Its verdict comes once it is back.",
);

export type Judged = { sql: string; evaluation?: Evaluation; error?: UserError };

/**
 * What the gate would say to `sql`, asked while typing: debounced, and aborted once the text has changed. Keeps the
 * last answer until the next one, so that nothing jumps; `sql` in it says what it speaks of.
 */
export function useEvaluation(target: string, sql: string): Judged | undefined {
  const api = useApi();
  // After a gap it is asked again: policies may have changed, and that the gateway did not answer is over.
  const lost = useLive() === "lost";
  const [judged, setJudged] = useState<Judged>();
  useEffect(() => {
    if (sql === "" || lost) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      evaluate(api, target, sql, abort.signal).then(
        (evaluation) => setJudged({ sql, evaluation }),
        (error: unknown) => {
          if (!isAbort(error)) setJudged({ sql, error: toUserError(error) });
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, target, sql, lost]);
  if (sql === "") return undefined;
  return lost && judged?.sql !== sql ? { sql, error: unanswered } : judged;
}
