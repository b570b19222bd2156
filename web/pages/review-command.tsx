import { SegmentedControl } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import { CodeDiff } from "../ui/code-diff.tsx";
import { CodeLine, codeLines, Visible } from "../ui/code.tsx";
import { hiddenLines } from "../ui/invisible.ts";
import { languageNames, type Language } from "../ui/language.ts";
import { plural } from "../ui/number.ts";
import { verdicts } from "../ui/verdict.tsx";
import type { Shown } from "./fully-shown.ts";
import { isFile, languageOf, reviewVerdicts, stdinOf } from "./review-words.ts";

const views = ["original", "rewritten", "both"] as const;
type View = (typeof views)[number];

/** The command exactly as it was asked and as it will run, whole, with what cannot be seen made visible. */
export function ReviewCommand({ review, shown }: { review: ReviewForViewer; shown: Shown }) {
  const rewritten = review.original !== review.sql;
  const [view, setView] = useState<View>(rewritten ? "both" : "rewritten");
  const { tone } = verdicts[reviewVerdicts[review.state]];
  const language = languageOf(review);
  return (
    <figure className={`cmd t-${tone}${review.state === "pending" ? " wait" : ""}`} aria-label="The command">
      <div className="bar sub low">
        {rewritten ? (
          <SegmentedControl
            aria-label="Version of the command"
            value={view}
            onChange={(value) => setView(views.find((known) => known === value) ?? "both")}
            data={[
              { value: "original", label: "Original" },
              { value: "rewritten", label: "Rewritten" },
              { value: "both", label: "Both" },
            ]}
          />
        ) : (
          <span className="f12 t2 el">Runs exactly as it was asked</span>
        )}
        {rewritten ? <span className="f12 t2 el nophone">{rewriteWords(review)}</span> : null}
        <span className="sp" />
        <span className="f11 t3 nophone">{languageNames[language]}</span>
      </div>
      {view === "both" && rewritten ? (
        <CodeDiff before={review.original} after={review.sql} language={language} mark={shown.markLine} />
      ) : (
        <PlainCode
          language={language}
          text={view === "original" ? review.original : review.sql}
          mark={view === "original" && rewritten ? undefined : shown.markLine}
        />
      )}
      <HiddenWarning review={review} />
      {language === "shell" ? (
        <StandardInput
          of={isFile(review) ? "Content of the file" : "Standard input"}
          text={stdinOf(review)}
          shown={shown}
        />
      ) : review.parameters.length === 0 ? null : (
        <div className="parameters f12">
          <span className="t3">Parameters</span>
          {review.parameters.map((value, index) => (
            <span key={index} className="parameter">
              <span className="mono pa">${index + 1}</span>{" "}
              <code>{value === null ? "null" : <Visible text={String(value)} />}</code>{" "}
              <span className="t3">
                {value === null ? "" : typeof value === "string" ? "text" : typeof value}
              </span>
              <i className="seen" ref={shown.markParameter(index + 1)} />
            </span>
          ))}
        </div>
      )}
    </figure>
  );
}

/** Why what runs differs from what was asked. */
function rewriteWords(review: ReviewForViewer): string {
  const { decision } = review;
  if (isFile(review)) return "Bound to where its path leads";
  if (languageOf(review) === "shell") return "With the scripts that it runs, as they were read";
  const columns = [...new Set(decision.obligations.masks.map(({ column }) => column))];
  return columns.length === 0
    ? "Rewritten before it runs"
    : `Rewritten: ${columns.join(", ")} masked at the source`;
}

/** What the command reads, or the file that it brings, in its exact bytes: approving it approves this too. */
function StandardInput({ of, text, shown }: { of: string; text: string; shown: Shown }) {
  if (text === "") return null;
  const lines = text.split("\n");
  return (
    <section className="stdin" aria-label={of}>
      <h3 className="lab">
        {of}
        <span className="t3">
          {plural(new TextEncoder().encode(text).length, "byte")}
          {lines.at(-1) === "" ? "" : ", no line end at its end"}
        </span>
      </h3>
      <div className="ed hero">
        {lines.map((line, index) => (
          <div className="l" key={index}>
            <i aria-hidden>{index + 1}</i>
            <span>
              {line === "" ? " " : <Visible text={line} />}
              <i className="seen" ref={shown.markParameter(index + 1)} />
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

function PlainCode({
  text,
  language,
  mark,
}: {
  text: string;
  language: Language;
  mark: Shown["markLine"] | undefined;
}) {
  return (
    <div className="ed hero">
      {codeLines(text, language).map((parts, index) => (
        <div className="l" key={index}>
          <i aria-hidden>{index + 1}</i>
          <span>
            <CodeLine parts={parts} />
            {mark === undefined ? null : <i className="seen" ref={mark(index + 1)} />}
          </span>
        </div>
      ))}
    </div>
  );
}

function HiddenWarning({ review }: { review: ReviewForViewer }) {
  const inText = hiddenLines(review.sql);
  const inParameters = review.parameters.filter(
    (value) => typeof value === "string" && hiddenLines(value).length > 0,
  ).length;
  if (inText.length + inParameters === 0) return null;
  const lines = [...new Set(inText)];
  return (
    <div className="warnline" role="note">
      <IconAlertTriangle className="i" size={14} aria-hidden />
      <span>
        {inText.length === 0 ? null : (
          <>
            <b>{plural(inText.length, "character")} that cannot be seen or can be mistaken</b> in{" "}
            {lines.length === 1 ? "line" : "lines"} {lines.join(", ")}. Shown here by name.{" "}
          </>
        )}
        {inParameters === 0 ? null : (
          <>
            <b>{languageOf(review) === "shell" ? "What it is given" : plural(inParameters, "parameter")}</b>{" "}
            {inText.length === 0
              ? "with characters that cannot be seen or can be mistaken"
              : "with such characters"}
            {languageOf(review) === "shell" ? ", shown by name too." : "."}
          </>
        )}
      </span>
    </div>
  );
}
