import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { characterName, hiddenLines, visibleParts } from "./invisible.ts";
import { colourOf, lineEnd, tokensOf, type Language, type Token } from "./language.ts";
import { plural } from "./number.ts";
import type { Tone } from "./tone.ts";

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

/** A command in the colours of the editor, on one line or several, without a frame. */
export function CodeText({ text, language }: { text: string; language: Language }): ReactNode {
  return tokensOf(text, language).map(({ kind, start, end }) => (
    <span key={start} className={colourOf(kind)}>
      <Visible text={text.slice(start, end)} />
    </span>
  ));
}

export const SqlText = ({ text }: { text: string }): ReactNode => <CodeText text={text} language="sql" />;

/** What stands of a token in one line. */
type Part = { token: Token; text: string };

/** A command line by line, tokens that span lines split at their borders. */
export function codeLines(text: string, language: Language): Part[][] {
  const lines: Part[][] = [[]];
  for (const token of tokensOf(text, language)) {
    const parts = text.slice(token.start, token.end).split(lineEnd(language));
    parts.forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ token, text: part });
    });
  }
  return lines;
}

/** A line of a command. `faultAt`: where in the whole text something is wrong; its word is marked. */
export function CodeLine({
  parts,
  faultAt,
}: {
  parts: readonly Part[];
  faultAt?: number | undefined;
}): ReactNode {
  if (parts.length === 0) return " ";
  return parts.map(({ token: { kind, start, end }, text }, index) => {
    const wrong = faultAt !== undefined && start <= faultAt && faultAt < end;
    return (
      <span key={index} className={wrong ? `${colourOf(kind) ?? ""} wrong` : colourOf(kind)}>
        <Visible text={text} />
      </span>
    );
  });
}

type Props = {
  text: string;
  language?: Language;
  tone: Tone;
  /** Dashed bar: it waits. */
  waiting?: boolean;
  small?: boolean;
  label?: string;
  /** Where in it something is wrong. */
  faultAt?: number | undefined;
};

/** A command exactly as it is, on its own surface, verdict bar at its left, with a warning for what cannot be seen. */
export function CommandBlock({
  text,
  language = "sql",
  tone,
  waiting = false,
  small = false,
  label = "Command",
  faultAt,
}: Props) {
  const hidden = hiddenLines(text);
  const lines = [...new Set(hidden)];
  return (
    <figure className={`cmd t-${tone}${waiting ? " wait" : ""}`} aria-label={label}>
      <div className={small ? "ed small" : "ed"}>
        {codeLines(text, language).map((parts, index) => (
          <div className="l" key={index}>
            <i aria-hidden>{index + 1}</i>
            <span>
              <CodeLine parts={parts} faultAt={faultAt} />
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
