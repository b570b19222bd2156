import { IconChartBar, IconTerminal2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ShellFacts } from "../../shared/nouns/facts.ts";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import { Visible } from "../ui/code.tsx";
import { count, plural } from "../ui/number.ts";
import { RowsTable } from "../ui/rows-table.tsx";
import { Facts } from "../ui/section.tsx";
import { duration } from "../ui/time.tsx";
import type { Tone } from "../ui/tone.ts";
import { share, shortName } from "./review-words.ts";

type Impact = NonNullable<ReviewForViewer["impact"]>;

/** What a write would touch: counted first, estimated second, its share third; then bound, locks and what follows. */
export function ReviewImpact({ review }: { review: ReviewForViewer }) {
  const { impact } = review;
  return (
    <section className="card impact" aria-label="Impact">
      <h2 className="lab">
        <IconChartBar size={14} aria-hidden /> Impact
      </h2>
      {impact === null ? (
        <p className="f12 t2">
          It could not be measured what this touches. Judge it by the command and its facts alone.
        </p>
      ) : (
        <>
          {impact.countedRows === null && impact.estimatedRows === null ? null : (
            <Figures impact={impact} subject={shortName(review.decision.facts?.subject ?? "")} />
          )}
          <div className="under">
            <Facts pairs={consequences(review, impact)} />
            <Sample impact={impact} />
          </div>
        </>
      )}
    </section>
  );
}

/** What a shell command does, as far as its words tell: what its programs will touch they alone know. */
export function ShellImpact({ facts, notes }: { facts: ShellFacts; notes: readonly string[] }) {
  const sentence = facts.summary.charAt(0).toUpperCase() + facts.summary.slice(1);
  return (
    <section className="card impact" aria-label="What it does">
      <h2 className="lab">
        <IconTerminal2 size={14} aria-hidden /> What it does
      </h2>
      <p className="said">
        <Visible text={sentence} />.
      </p>
      <p className="f12 t2">
        Read from its words. Nothing was asked of the host: what a program touches, it alone knows.
      </p>
      {notes.map((note) => (
        <p className="f12" key={note}>
          <Visible text={note} />
        </p>
      ))}
    </section>
  );
}

function Figures({ impact, subject }: { impact: Impact; subject: string }) {
  const { countedRows, countCapped, countMs, estimatedRows, relationRows } = impact;
  const most = Math.max(countedRows ?? 0, estimatedRows ?? 0, 1);
  const part = countedRows ?? estimatedRows;
  return (
    <div className="figures">
      <Figure
        value={countedRows === null ? "not counted" : `${countCapped ? "over " : ""}${count(countedRows)}`}
        unit={unit(countedRows)}
        about={countMs === null ? "counted now" : `counted now, read-only, in ${duration(countMs)}`}
        fill={(countedRows ?? 0) / most}
        tone="wait"
        first
      />
      <Figure
        value={estimatedRows === null ? "unknown" : count(estimatedRows)}
        unit={unit(estimatedRows)}
        about="estimated by the planner"
        fill={(estimatedRows ?? 0) / most}
        tone="quiet"
      />
      {relationRows === null || relationRows <= 0 || part === null ? null : (
        <Figure
          value={share(part, relationRows)}
          unit=""
          about={`of ${plural(relationRows, "row")}${subject === "" ? "" : ` in ${subject}`}`}
          fill={part / relationRows}
          tone="quiet"
        />
      )}
    </div>
  );
}

const unit = (rows: number | null) => (rows === null ? "" : rows === 1 ? "row" : "rows");

function Figure({
  value,
  unit,
  about,
  fill,
  tone,
  first = false,
}: {
  value: string;
  unit: string;
  about: string;
  fill: number;
  tone: Tone;
  first?: boolean;
}) {
  return (
    <div>
      <div className={first ? "fig" : "fig second"}>
        {value} <small>{unit}</small>
      </div>
      <span className="f11 t3">{about}</span>
      <div className={`meter t-${tone}`} aria-hidden>
        <i style={{ width: `max(3px, ${Math.min(1, fill) * 100}%)` }} />
      </div>
    </div>
  );
}

function consequences(review: ReviewForViewer, impact: Impact): (readonly [string, ReactNode])[] {
  const bound = review.decision.obligations.maxAffectedRows;
  return [
    [
      "Bound",
      bound === null ? undefined : (
        <>
          rolls back above <b>{count(bound)}</b> {bound === 1 ? "row" : "rows"}
        </>
      ),
    ],
    ["Locks", impact.locks],
    ["Fires", impact.triggers.length === 0 ? "no trigger" : <Codes key="fires" words={impact.triggers} />],
    [
      "Dependents",
      impact.dependents.length === 0 ? "none known" : <Codes key="dependents" words={impact.dependents} />,
    ],
    ...impact.notes.map((note, index) => [index === 0 ? "Notes" : " ".repeat(index), note] as const),
  ];
}

function Codes({ words }: { words: readonly string[] }) {
  return words.map((word, index) => (
    <span key={word}>
      {index === 0 ? "" : ", "}
      <code>{shortName(word)}</code>
    </span>
  ));
}

function Sample({ impact: { sample, countedRows } }: { impact: Impact }) {
  if (sample === null || sample.rows.length === 0) return null;
  return (
    <div className="sample">
      <RowsTable columns={sample.columns} rows={sample.rows} label="Sample of what it touches, masked" />
      <p className="f11 t3">
        Sample, {count(sample.rows.length)}
        {countedRows === null ? "" : ` of ${count(countedRows)}`}, masked
      </p>
    </div>
  );
}
