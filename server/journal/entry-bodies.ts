import type { Draft } from "./chain.ts";
import type { CommandRefusal, CommandSummary, NewCommand, Request } from "./command-row.ts";
import type { Outcome } from "./command-evidence.ts";
import type { RecordingHead } from "./recording-lines.ts";

type Body = Draft["body"];

/** Without the keys that JSON would leave out. */
function asWritten({ kind: _, ...request }: Request): Body {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

/** What was asked, what would run, and what was decided and why. */
export function bodyOfCommand(command: NewCommand, refusal?: CommandRefusal): Body {
  const { decision } = command;
  return {
    target: command.target,
    ...asWritten(command.request),
    sha256: command.sha256,
    ...(refusal && { refusal: refusal.code }),
    ...(decision && {
      decision: {
        effect: decision.effect,
        policies: decision.policies,
        policyVersion: decision.policyVersion,
        unmask: decision.obligations.unmask,
        ...(decision.facts?.kind === "sql" && {
          classes: decision.facts.classes,
          lookups: decision.facts.lookups,
        }),
        ...(decision.recentLookups !== undefined && { recentLookups: decision.recentLookups }),
        writes: decision.facts?.writes ?? true,
      },
    }),
  };
}

/** What came of it, in counts and codes: messages and rows are in the recording alone. */
export function bodyOfOutcome(
  outcome: Outcome,
  { results, shell, file }: CommandSummary,
  head: RecordingHead | undefined,
): Body {
  const { state, sha256, error, refusal, masked, timing } = outcome;
  return {
    state,
    sha256,
    ...(error && { error: error.code }),
    ...(refusal && { refusal: refusal.code }),
    ...(timing && { timing }),
    masked: (masked ?? []).map(({ field, class: dataClass, by, rule }) => ({
      field,
      class: dataClass,
      by,
      rule,
    })),
    results: results.map(({ statement, command, rowCount, truncated }) => ({
      statement,
      command,
      rowCount,
      truncated,
    })),
    ...(shell && { exitCode: shell.exitCode, signal: shell.signal ?? null, truncated: shell.truncated }),
    ...(file && {
      truncated: file.truncated,
      ...(file.host && { host: file.host }),
      ...(file.shown && { shown: file.shown }),
    }),
    recording: head ? { events: head.events, hash: head.hash } : null,
  };
}
