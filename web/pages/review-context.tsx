import { IconRobot, IconUser } from "@tabler/icons-react";
import type { Facts as AnyFacts, SqlFacts } from "../../shared/nouns/facts.ts";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Me } from "../api/nouns.ts";
import { PolicyTags, VoteLine } from "../consoles/decision-parts.tsx";
import { Visible } from "../ui/code.tsx";
import { Avatar, MaskBadge, Tag } from "../ui/marks.tsx";
import { Facts, Section } from "../ui/section.tsx";
import { ShellFactList } from "../ui/shell-facts.tsx";
import { shortName, tally } from "./review-words.ts";

/** Who asks and why, why it was held, votes and facts. */
export function ReviewContext({ review, me }: { review: ReviewForViewer; me: Pick<Me, "id" | "name"> }) {
  const { requestedBy, reason, decision } = review;
  const workload = requestedBy.kind === "workload";
  return (
    <>
      <Section>
        <div className="row">
          <Avatar name={requestedBy.name} workload={workload} large />
          <div className="col">
            <b className="f12">{requestedBy.actor === me.id ? "You" : requestedBy.name}</b>
            <span className="f11 t3">{requestedBy.groups.join(", ") || "in no group"}</span>
          </div>
          <span className="sp" />
          <Tag icon={workload ? <IconRobot size={12} aria-hidden /> : <IconUser size={12} aria-hidden />}>
            {workload ? "agent" : "person"}
          </Tag>
        </div>
        {requestedBy.owner === undefined ? null : (
          <p className="f11 t3 gap">Owned by {requestedBy.owner}, who cannot decide for it.</p>
        )}
        <p className="f12 gap">
          {reason === "" ? (
            <span className="t3">
              {review.textRemoved === undefined ? "No reason was given." : "The reason was removed."}
            </span>
          ) : (
            <>
              “<Visible text={reason} />”
            </>
          )}
        </p>
      </Section>
      <Section title="Why it was held">
        {decision.reasons.map((sentence) => (
          <p className="f12" key={sentence}>
            <Visible text={sentence} />
          </p>
        ))}
        {decision.hint === undefined ? null : <p className="f12 t2">{decision.hint}</p>}
        <PolicyTags decision={decision} />
      </Section>
      <Votes review={review} me={me.id} name={me.name} />
      {decision.facts === undefined ? null : <FactSection facts={decision.facts} />}
    </>
  );
}

function Votes({ review, me, name }: { review: ReviewForViewer; me: string; name: string }) {
  const { approved, needed } = tally(review);
  const mine = review.votes.some(({ actor }) => actor === me);
  return (
    <Section title={`Votes, ${approved} of ${needed}`}>
      <ul className="col g6">
        {review.votes.map((vote) => (
          <VoteLine key={`${vote.actor}${vote.at}`} vote={vote} {...(vote.actor === me && { name: "You" })} />
        ))}
        {!mine && review.state === "pending" && review.mayVote ? (
          <li className="row">
            <Avatar name={name} />
            <span className="f12">You</span>
            <span className="sp" />
            <span className="f12 t3">Not voted</span>
          </li>
        ) : null}
        {review.state === "pending" ? (
          <li className="f12 t2">
            {review.decision.obligations.reviewers
              .map(({ group, quorum }) => `${quorum} ${quorum === 1 ? "person" : "people"} of ${group}`)
              .join(" and ")}{" "}
            must approve.
          </li>
        ) : null}
      </ul>
    </Section>
  );
}

/** Actions that touch what a condition lets through. */
const conditional: ReadonlySet<string> = new Set(["sql.update", "sql.delete", "sql.merge"]);

/** What parsing learnt, for either kind of command. */
export function FactSection({ facts }: { facts: AnyFacts }) {
  return (
    <Section title="Facts">
      {facts.kind === "shell" ? <ShellFactList facts={facts} /> : <SqlFactList facts={facts} />}
    </Section>
  );
}

function SqlFactList({ facts }: { facts: SqlFacts }) {
  return (
    <Facts
      pairs={[
        ["Statement", facts.summary],
        [
          "Writes",
          facts.changes.length === 0 ? (
            facts.writes ? (
              "see the command"
            ) : (
              "nothing"
            )
          ) : (
            <Uses key="writes" uses={facts.changes} />
          ),
        ],
        ["Reads", facts.reads.length === 0 ? "nothing" : <Uses key="reads" uses={facts.reads} />],
        [
          "Classes",
          <Classes key="classes" names={[...new Set([...facts.classes, ...facts.classesChanged])]} />,
        ],
        [
          "WHERE",
          facts.actions.some((action) => conditional.has(action))
            ? facts.bounded
              ? "bounded, not always true"
              : "unbounded"
            : undefined,
        ],
        ["Dynamic SQL", facts.opaque ? facts.opaqueReasons.join("; ") || "yes" : "none"],
        [
          "Functions",
          facts.functions.map(({ name, volatility }) => `${shortName(name)}: ${volatility}`).join(", "),
        ],
        ["Effects", facts.effects.join(", ")],
        ["Session", facts.sessionChanges.join(", ")],
        ["Cannot be rolled back", facts.outsideTransaction.join(", ")],
      ]}
    />
  );
}

function Uses({ uses }: { uses: SqlFacts["reads"] }) {
  return uses.map(({ relation, known, columns }) => (
    <div key={relation}>
      <code>{shortName(relation)}</code>
      {columns.length === 0 ? null : (
        <>
          : <code>{columns.join(", ")}</code>
        </>
      )}
      {known ? null : <span className="fg t-stop"> does not exist</span>}
    </div>
  ));
}

function Classes({ names }: { names: readonly string[] }) {
  if (names.length === 0) return "none";
  return (
    <span className="row g4 wrap">
      {names.map((name) => (
        <MaskBadge key={name} name={name} />
      ))}
    </span>
  );
}
