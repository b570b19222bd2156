import { runSentence } from "./words.ts";
import type { Run, Runs } from "./runs.ts";
import { offsetOf, type StatementSpan } from "./statements.ts";

/** Where something is wrong in a text, in UTF-16 units, and what. */
export type Fault = { offset: number; message: string };

/** Where in its own text the target says that a run failed. */
export function faultOf(run: Run): Fault | undefined {
  const position = run.state === "failed" ? run.error?.position : undefined;
  return position === undefined
    ? undefined
    : { offset: offsetOf(run.sql, position), message: runSentence(run) };
}

/**
 * What the last run of the statement at the cursor, or of the whole text, failed on, as a place in the text. A text
 * that was changed since is another one: nothing is wrong with it yet.
 */
export function faultIn(text: string, { start, end }: StatementSpan, runs: Runs): Fault | undefined {
  const statement = text.slice(start, end);
  const whole = text.trim();
  const run = runs.findLast(({ sql }) => sql === statement || sql === whole);
  const fault = run === undefined ? undefined : faultOf(run);
  if (run === undefined || fault === undefined) return undefined;
  const from = run.sql === statement ? start : text.indexOf(whole);
  return { ...fault, offset: from + fault.offset };
}
