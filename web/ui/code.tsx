import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { characterName, hiddenLines, visibleParts } from "./invisible.ts";
import { plural } from "./number.ts";
import { sqlTokens, type SqlTokenKind } from "./sql-tokens.ts";
import type { Tone } from "./tone.ts";

const colours: Partial<Record<SqlTokenKind, string>> = {
  keyword: "k",
  string: "st",
  number: "nu",
  comment: "co",
  function: "fn",
  parameter: "pa",
};

/** Text in which no character hides: each that cannot be seen stands there as its name. */
export function Visible({ text }: { text: string }): ReactNode {
  return visibleParts(text).map((part, index) =>
    part.hidden ? (
      <span className="inv" key={index} title={characterName(part.text)}>
        {characterName(part.text)}
      </span>
    ) : (
      part.text
    ),
  );
}

/** SQL in the colours of the editor, on one line or several, without a frame. */
export function SqlText({ text }: { text: string }): ReactNode {
  return sqlTokens(text).map((token) => {
    const part = <Visible text={text.slice(token.start, token.end)} />;
    const colour = colours[token.kind];
    return (
      <span key={token.start} className={colour}>
        {part}
      </span>
    );
  });
}

/** SQL line by line, tokens that span lines split at their borders. */
export function sqlLines(text: string): { kind: SqlTokenKind; text: string }[][] {
  const lines: { kind: SqlTokenKind; text: string }[][] = [[]];
  for (const token of sqlTokens(text)) {
    const parts = text.slice(token.start, token.end).split(/\r\n|\n/u);
    parts.forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ kind: token.kind, text: part });
    });
  }
  return lines;
}

export function SqlLine({ parts }: { parts: readonly { kind: SqlTokenKind; text: string }[] }): ReactNode {
  if (parts.length === 0) return " ";
  return parts.map((part, index) => (
    <span key={index} className={colours[part.kind]}>
      <Visible text={part.text} />
    </span>
  ));
}

type Props = {
  sql: string;
  tone: Tone;
  /** Dashed bar: it waits. */
  waiting?: boolean;
  small?: boolean;
  label?: string;
};

/** A command exactly as it is, on its own surface, verdict bar at its left, with a warning for what cannot be seen. */
export function CommandBlock({ sql, tone, waiting = false, small = false, label = "Command" }: Props) {
  const hidden = hiddenLines(sql);
  const lines = [...new Set(hidden)];
  return (
    <figure className={`cmd t-${tone}${waiting ? " wait" : ""}`} aria-label={label}>
      <div className={small ? "ed small" : "ed"}>
        {sqlLines(sql).map((parts, index) => (
          <div className="l" key={index}>
            <i aria-hidden>{index + 1}</i>
            <span>
              <SqlLine parts={parts} />
            </span>
          </div>
        ))}
      </div>
      {hidden.length === 0 ? null : (
        <div className="warnline">
          <IconAlertTriangle className="i" size={14} aria-hidden />
          <span>
            <b>{plural(hidden.length, "character")} that cannot be seen or can be mistaken</b>,{" "}
            {lines.length === 1 ? "line" : "lines"} {lines.join(", ")}: shown here by name.
          </span>
        </div>
      )}
    </figure>
  );
}
