import { useMemo } from "react";
import type { Decision } from "../../../shared/nouns/decision.ts";
import { verdicts } from "../../ui/verdict.tsx";
import type { Marking } from "./sql-editor.tsx";
import { statementAt, type StatementSpan } from "./statements.ts";
import { useEvaluation } from "./use-evaluation.ts";
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

export function useDraft(target: string, text: string, offset: number): Draft {
  const span = useMemo(() => statementAt(text, offset), [text, offset]);
  const statement = span === undefined ? "" : text.slice(span.start, span.end);
  const judged = useEvaluation(target, statement);
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
          : marking(span, spoken, decision, judged?.error?.extra["position"]),
    };
  }, [span, statement, judged]);
}

/** @param position of an error: characters in the statement, from 1. */
function marking(
  span: StatementSpan,
  spoken: Spoken,
  decision: Decision | undefined,
  position: unknown,
): Marking {
  return {
    span,
    tone: verdicts[spoken.verdict].tone,
    masked: decision === undefined ? [] : maskedColumns(decision),
    ...(typeof position === "number"
      ? { errorAt: { offset: span.start + Math.max(0, position - 1), message: spoken.sentence } }
      : {}),
  };
}
