import { IconFileCode, IconShieldCheck } from "@tabler/icons-react";
import type { Command, CommandReview } from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import { Visible } from "../ui/code.tsx";
import { HashText } from "../ui/hash-text.tsx";
import { Avatar, Tag } from "../ui/marks.tsx";
import { count } from "../ui/number.ts";
import { Facts, Section } from "../ui/section.tsx";
import { At, duration } from "../ui/time.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import { reasonsOf } from "./reasons.ts";
import { waitsOn } from "./waits-on.ts";

/** Why it is decided so, what to do next, and the policies behind it. */
export function Reasons({
  decision,
  fallback,
  waits,
}: {
  decision: Decision;
  /** Said where the decision gives no reason. */
  fallback: string;
  /** Nobody has decided yet. */
  waits: boolean;
}) {
  const sentences = decision.reasons.length === 0 ? [fallback] : reasonsOf(decision);
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
      <PolicyTags decision={decision} />
    </Section>
  );
}

/** The policies behind a decision, by their ids, and the version that they were taken from. */
export function PolicyTags({ decision }: { decision: Decision }) {
  return (
    <div className="row g6 wrap gap">
      {decision.policies.map((policy) => (
        <Tag key={policy} icon={<IconFileCode size={12} aria-hidden />}>
          {policy}
        </Tag>
      ))}
      <span className="f11 t3">policy version {decision.policyVersion}</span>
    </div>
  );
}

/** Who has voted, how, and with which words. */
export function Votes({ review }: { review: CommandReview }) {
  const needed = review.reviewers.reduce((sum, { quorum }) => sum + quorum, 0);
  const approved = review.votes.filter(({ verdict }) => verdict === "approve").length;
  return (
    <Section title={`Votes, ${approved} of ${needed}`}>
      {review.votes.length === 0 ? <p className="f12 t2">Nobody has voted yet.</p> : null}
      <ul className="col g6">
        {review.votes.map((vote) => (
          <VoteLine key={`${vote.name} ${vote.at}`} vote={vote} />
        ))}
      </ul>
      <p className="f11 t3" style={{ marginTop: 4 }}>
        You and your agents cannot vote on this.
      </p>
    </Section>
  );
}

/** One vote; `name` where its reader is called otherwise than by their name. */
export function VoteLine({
  vote,
  name = vote.name,
}: {
  vote: CommandReview["votes"][number];
  name?: string;
}) {
  return (
    <li className="col g4">
      <span className="row">
        <Avatar name={vote.name} />
        <span className="f12 sp el">{name}</span>
        <VerdictChip verdict={vote.verdict === "approve" ? "approved" : "rejected"} bare />
        <span className="f12 t3">
          <At time={vote.at} />
        </span>
      </span>
      {vote.comment === "" ? null : (
        <p className="f12 t2 vote-comment">
          “<Visible text={vote.comment} />”
        </p>
      )}
    </li>
  );
}

/** What is proved of a command: its entries in the ledger, its time, its hash. */
export function Evidence({
  command: { submittedAt, evidence, timing },
  decision,
}: {
  command: Pick<Command, "submittedAt" | "timing" | "evidence">;
  decision: Decision | undefined;
}) {
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
          ["When", <At key="when" time={submittedAt} exact />],
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
