import { Visible } from "./code.tsx";
import { DiffGutter } from "./diff-gutter.tsx";
import { diffLines } from "./diff.ts";

/** Lines kept around a change when `context` folds the rest. */
const contextLines = 1;

/** Two texts compared: both line numbers, − and +, changed words marked. Wraps, never truncates a line. */
export function DiffView({
  before,
  after,
  narrow = false,
  changesOnly = false,
}: {
  before: string;
  after: string;
  narrow?: boolean;
  changesOnly?: boolean;
}) {
  const lines = diffLines(before, after);
  const near = (index: number) =>
    lines
      .slice(Math.max(0, index - contextLines), index + contextLines + 1)
      .some(({ kind }) => kind !== "same");
  return (
    <figure className={narrow ? "diff narrow" : "diff"} aria-label="Comparison">
      {lines.map((line, index) =>
        changesOnly && !near(index) ? null : (
          <div className={`l ${line.kind}`} key={index}>
            <DiffGutter line={line} removed="removed:" added="added:" />
            <span>
              {line.words.map((word, at) =>
                !word.changed ? (
                  <Visible key={at} text={word.text} />
                ) : line.kind === "del" ? (
                  <del key={at}>
                    <Visible text={word.text} />
                  </del>
                ) : (
                  <ins key={at}>
                    <Visible text={word.text} />
                  </ins>
                ),
              )}
            </span>
          </div>
        ),
      )}
    </figure>
  );
}
