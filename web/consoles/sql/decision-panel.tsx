import { SegmentedControl } from "@mantine/core";
import { IconEyeOff, IconFileCode, IconGitCompare, IconShieldCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { CommandReview } from "../../../shared/nouns/command.ts";
import type { Decision } from "../../../shared/nouns/decision.ts";
import type { SqlFacts } from "../../../shared/nouns/facts.ts";
import { CommandBlock, Visible } from "../../ui/code.tsx";
import { DiffView } from "../../ui/diff-view.tsx";
import { HashText } from "../../ui/hash-text.tsx";
import { Avatar, MaskBadge, Tag } from "../../ui/marks.tsx";
import { count, plural } from "../../ui/number.ts";
import { Facts, Section } from "../../ui/section.tsx";
import { At, duration } from "../../ui/time.tsx";
import { VerdictChip } from "../../ui/verdict.tsx";
import type { Run } from "./runs.ts";
import { maskWords, waitsOn, type Spoken } from "./words.ts";

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
      {run === undefined ? null : <Evidence run={run} decision={decision} />}
    </>
  );
}

function Reasons({ decision, fallback, waits }: { decision: Decision; fallback: string; waits: boolean }) {
  const sentences = decision.reasons.length === 0 ? [fallback] : decision.reasons;
  return (
    <Section>
      {sentences.map((sentence) => (
        <p className="f12" key={sentence}>
          <Visible text={sentence} />
        </p>
      ))}
      {decision.effect === "review" && waits ? <p className="f12">{waitsOn(decision)}</p> : null}
      {decision.hint === undefined ? null : (
        <p className="f12" style={{ marginTop: 6 }}>
          <b>Next:</b> {decision.hint}
        </p>
      )}
      <div className="row g6 wrap" style={{ marginTop: 8 }}>
        {decision.policies.map((policy) => (
          <Tag key={policy} icon={<IconFileCode size={12} aria-hidden />}>
            {policy}
          </Tag>
        ))}
        <span className="f11 t3">policy version {decision.policyVersion}</span>
      </div>
    </Section>
  );
}

function Votes({ review }: { review: CommandReview }) {
  const needed = review.reviewers.reduce((sum, { quorum }) => sum + quorum, 0);
  const approved = review.votes.filter(({ verdict }) => verdict === "approve").length;
  return (
    <Section title={`Votes, ${approved} of ${needed}`}>
      {review.votes.length === 0 ? <p className="f12 t2">Nobody has voted yet.</p> : null}
      <ul>
        {review.votes.map((vote) => (
          <li key={`${vote.name} ${vote.at}`} style={{ padding: "3px 0" }}>
            <span className="row">
              <Avatar name={vote.name} />
              <span className="f12 sp el">{vote.name}</span>
              <VerdictChip verdict={vote.verdict === "approve" ? "approved" : "rejected"} bare />
              <span className="f11 t3">
                <At time={vote.at} />
              </span>
            </span>
            {vote.comment === "" ? null : (
              <p className="f12 t2">
                “<Visible text={vote.comment} />”
              </p>
            )}
          </li>
        ))}
      </ul>
      <p className="f11 t3" style={{ marginTop: 4 }}>
        You and your agents cannot vote on this.
      </p>
    </Section>
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
              <CommandBlock sql={side === "wrote" ? sql : rewritten} tone="quiet" small />
            )}
          </div>
        </>
      )}
    </Section>
  );
}

function FactList({ facts }: { facts: SqlFacts }) {
  const relations = (uses: SqlFacts["reads"]) =>
    uses.map(({ relation }) => relation.replace(/^public\./u, "")).join(", ");
  const changes = facts.changes.map(
    ({ relation, columns }) =>
      `${relation.replace(/^public\./u, "")}${columns.length === 0 ? "" : `: ${columns.join(", ")}`}`,
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
          ["Functions", facts.functions.map(({ name, volatility }) => `${name}: ${volatility}`).join(", ")],
          ["Effects", facts.effects.join(", ")],
          ["Looks up", facts.lookups.map(({ column }) => column).join(", ")],
          ["Changes", facts.sessionChanges.join(", ")],
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

function Evidence({ run, decision }: { run: Run; decision: Decision | undefined }) {
  const { evidence, timing } = run;
  return (
    <Section
      title="Evidence"
      icon={
        <span className="fg t-proof row">
          <IconShieldCheck size={14} aria-hidden />
        </span>
      }
    >
      <Facts
        pairs={[
          [
            "Entry",
            evidence?.intent === undefined ? undefined : `${count(evidence.intent)}, before the first byte`,
          ],
          ["Outcome", evidence?.outcome === undefined ? undefined : `entry ${count(evidence.outcome)}`],
          ["When", <At key="when" time={run.submittedAt} exact />],
          [
            "Gate",
            timing === undefined ? undefined : `${duration(timing.gateMs)} of ${duration(timing.totalMs)}`,
          ],
          ["sha256", evidence === undefined ? undefined : <HashText key="hash" hash={evidence.sha256} />],
          ["Policy", decision === undefined ? undefined : `version ${decision.policyVersion}`],
        ]}
      />
    </Section>
  );
}
