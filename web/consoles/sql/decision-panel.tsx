import { SegmentedControl } from "@mantine/core";
import { IconEyeOff, IconGitCompare } from "@tabler/icons-react";
import { useState } from "react";
import type { Decision } from "../../../shared/nouns/decision.ts";
import type { SqlFacts } from "../../../shared/nouns/facts.ts";
import { CommandBlock } from "../../ui/code.tsx";
import { DiffView } from "../../ui/diff-view.tsx";
import { MaskBadge } from "../../ui/marks.tsx";
import { count, plural } from "../../ui/number.ts";
import { Facts, Section } from "../../ui/section.tsx";
import { duration } from "../../ui/time.tsx";
import { VerdictChip } from "../../ui/verdict.tsx";
import { Evidence, Reasons, Votes } from "../decision-parts.tsx";
import type { Run } from "./runs.ts";
import { maskWords, type Spoken } from "./words.ts";

type Props = {
  title: string;
  spoken: Spoken | undefined;
  decision: Decision | undefined;
  sql: string;
  rewritten: string | undefined;
  /** The run that this is about; absent while it has not been asked. */
  run: Run | undefined;
};

/** Why: sentence, policies, masks or votes, facts, limits, evidence, in this order. */
export function DecisionPanel({ title, spoken, decision, sql, rewritten, run }: Props) {
  return (
    <>
      <div className="bar">
        <h2>{title}</h2>
        <span className="sp" />
        {spoken === undefined ? null : <VerdictChip verdict={spoken.verdict} word={spoken.word} />}
      </div>
      {decision === undefined ? (
        <Section>
          <p className="f12 t2">
            {spoken?.sentence ??
              "Write a statement: what the gate will say to it appears here, with its reasons."}
          </p>
        </Section>
      ) : (
        <>
          <Reasons
            decision={decision}
            fallback={spoken?.sentence ?? ""}
            waits={run === undefined || run.state === "held"}
          />
          {run?.review === undefined ? null : <Votes review={run.review} />}
          <Masks decision={decision} sql={sql} rewritten={rewritten} />
          {decision.facts?.kind === "sql" ? <FactList facts={decision.facts} /> : null}
          <Limits decision={decision} />
        </>
      )}
      {run === undefined ? null : <Evidence command={run} decision={decision} />}
    </>
  );
}

function Masks({
  decision,
  sql,
  rewritten,
}: {
  decision: Decision;
  sql: string;
  rewritten: string | undefined;
}) {
  const [side, setSide] = useState<"changes" | "wrote" | "runs">("changes");
  const { masks } = decision.obligations;
  const differs = rewritten !== undefined && rewritten !== sql;
  if (masks.length === 0 && !differs) return null;
  return (
    <Section
      title={masks.length === 0 ? "What runs differs from what you wrote" : "Masked at the source"}
      icon={<IconEyeOff size={14} aria-hidden />}
    >
      <ul className="f12">
        {masks.map((mask) => (
          <li
            className="row g6"
            style={{ padding: "2px 0" }}
            key={`${mask.relation}.${mask.column}`}
            title={`${mask.relation}.${mask.column}`}
          >
            <code className="el">{mask.column}</code>
            <MaskBadge name={mask.class} />
            <span className="sp" />
            <span className="t2 nw">{maskWords(mask.rule)}</span>
          </li>
        ))}
      </ul>
      {masks.length === 0 ? null : (
        <p className="f11 t3" style={{ margin: "4px 0 8px" }}>
          The clear values never leave the database.
        </p>
      )}
      {!differs ? null : (
        <>
          <SegmentedControl
            aria-label="Which text to show"
            value={side}
            onChange={(value) => setSide(value === "wrote" || value === "runs" ? value : "changes")}
            data={[
              { value: "wrote", label: "What I wrote" },
              { value: "runs", label: "What runs" },
              {
                value: "changes",
                label: (
                  <span className="row g4">
                    <IconGitCompare size={12} aria-hidden />
                    Both
                  </span>
                ),
              },
            ]}
          />
          <div style={{ marginTop: 8 }} className="whole-text">
            {side === "changes" ? (
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
              <section className="cmd t-quiet" aria-label="What I wrote and what runs" tabIndex={0}>
                <DiffView before={sql} after={rewritten} narrow changesOnly />
              </section>
            ) : (
              <CommandBlock text={side === "wrote" ? sql : rewritten} tone="quiet" small />
            )}
          </div>
        </>
      )}
    </Section>
  );
}

const short = (name: string) => name.replace(/^public\./u, "");

function FactList({ facts }: { facts: SqlFacts }) {
  const relations = (uses: SqlFacts["reads"]) => uses.map(({ relation }) => short(relation)).join(", ");
  const changes = facts.changes.map(
    ({ relation, columns }) => `${short(relation)}${columns.length === 0 ? "" : `: ${columns.join(", ")}`}`,
  );
  const code = (text: string) => (text === "" ? undefined : <code>{text}</code>);
  return (
    <Section title="Facts">
      <Facts
        pairs={[
          ["Statement", facts.summary],
          ["Reads", code(relations(facts.reads))],
          [
            "Writes",
            changes.length === 0 ? (facts.writes ? "something" : "nothing") : code(changes.join("; ")),
          ],
          ["WHERE", facts.changes.length === 0 ? undefined : facts.bounded ? "bounded" : "restricts nothing"],
          ["Bulk", facts.bulk ? "reads without a bound" : undefined],
          [
            "Functions",
            facts.functions.map(({ name, volatility }) => `${short(name)}: ${volatility}`).join(", "),
          ],
          ["Effects", facts.effects.join(", ")],
          ["Looks up", facts.lookups.map(({ column }) => column).join(", ")],
          ["Changes", facts.sessionChanges.join(", ")],
          ["Cannot be rolled back", facts.outsideTransaction.join(", ")],
          ["Opaque", facts.opaque ? facts.opaqueReasons.join("; ") : undefined],
          ["Parameters", facts.parameters === 0 ? undefined : String(facts.parameters)],
        ]}
      />
    </Section>
  );
}

function Limits({ decision: { obligations, effect } }: { decision: Decision }) {
  if (effect === "block") return null;
  return (
    <Section title="Limits">
      <Facts
        pairs={[
          ["Rows", `at most ${count(obligations.maxRows)}`],
          [
            "Touches",
            obligations.maxAffectedRows === null
              ? undefined
              : `more than ${plural(obligations.maxAffectedRows, "row")} roll back`,
          ],
          ["Time", `${duration(obligations.timeoutMs)} at the target`],
        ]}
      />
    </Section>
  );
}
