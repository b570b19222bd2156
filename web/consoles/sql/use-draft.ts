import { useMemo } from "react";
import type { Decision } from "../../../shared/nouns/decision.ts";
import { verdicts } from "../../ui/verdict.tsx";
import { faultIn, type Fault } from "./failure.ts";
import type { Runs } from "./runs.ts";
import type { Marking } from "./sql-editor.tsx";
import { offsetOf, statementAt, type StatementSpan } from "./statements.ts";
import { useEvaluation, type Judged } from "./use-evaluation.ts";
import { maskedColumns, speak, type Spoken } from "./words.ts";

/** The statement at the cursor and what the gate would say to it. */
export type Draft = {
  span: StatementSpan | undefined;
  statement: string;
  spoken: Spoken | undefined;
  decision: Decision | undefined;
  /** The text that the verdict is about, and what would run for it. */
  judgedSql: string;
  rewritten: string | undefined;
  /** The verdict is about the text as it stands. */
  current: boolean;
  marking: Marking | undefined;
};

export function useDraft(target: string, text: string, offset: number, runs: Runs): Draft {
  const span = useMemo(() => statementAt(text, offset), [text, offset]);
  const statement = span === undefined ? "" : text.slice(span.start, span.end);
  const judged = useEvaluation(target, statement);
  const fault = useMemo(
    () => (span === undefined ? undefined : faultIn(text, span, runs)),
    [text, span, runs],
  );
  return useMemo(() => {
    const spoken = judged === undefined ? undefined : speak(judged);
    const decision = judged?.evaluation?.decision;
    const current = judged?.sql === statement;
    return {
      span,
      statement,
      spoken,
      decision,
      judgedSql: judged?.sql ?? "",
      rewritten: judged?.evaluation?.rewritten,
      current,
      marking:
        span === undefined || spoken === undefined || !current
          ? undefined
          : marking(span, spoken, decision, unreadAt(span, statement, judged, spoken) ?? fault),
    };
  }, [span, statement, judged, fault]);
}

/** Where the grammar stops understanding the statement, as a place in the whole text. */
function unreadAt(
  span: StatementSpan,
  statement: string,
  judged: Judged | undefined,
  { sentence }: Spoken,
): Fault | undefined {
  const position = judged?.error?.extra["position"];
  return typeof position === "number"
    ? { offset: span.start + offsetOf(statement, position), message: sentence }
    : undefined;
}

function marking(
  span: StatementSpan,
  spoken: Spoken,
  decision: Decision | undefined,
  errorAt: Fault | undefined,
): Marking {
  return {
    span,
    tone: verdicts[spoken.verdict].tone,
    masked: decision === undefined ? [] : maskedColumns(decision),
    ...(errorAt && { errorAt }),
  };
}
