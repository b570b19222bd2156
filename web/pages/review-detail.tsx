import { ActionIcon, CopyButton } from "@mantine/core";
import { IconCheck, IconChevronLeft, IconClock, IconEraser, IconLink } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Removal } from "../../shared/nouns/recording.ts";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { Me } from "../api/nouns.ts";
import { useLive } from "../api/portal.tsx";
import { Visible } from "../ui/code.tsx";
import { KindIcon } from "../ui/kind-icon.tsx";
import { Avatar, StageTag } from "../ui/marks.tsx";
import { At, CountDown } from "../ui/time.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import { pressedLetter } from "../frame/letters.ts";
import { ConfirmDecision } from "./confirm-decision.tsx";
import { DecideBar, shownState, whyNot, type Ask } from "./decide-bar.tsx";
import { useFullyShown } from "./fully-shown.ts";
import { ReviewCommand } from "./review-command.tsx";
import { ReviewContext } from "./review-context.tsx";
import { ReviewImpact, ShellImpact } from "./review-impact.tsx";
import { kindOf, reviewTitle, reviewVerdicts, tally } from "./review-words.ts";
import { Scroller } from "../ui/scroller.tsx";

/** One review, whole. `back` is there on phones, where it covers the list. */
export function ReviewDetail({ review, me, back }: { review: ReviewForViewer; me: Me; back: () => void }) {
  const live = useLive() === "live";
  const shown = useFullyShown(`${review.id} ${review.sha256}`);
  const [comment, setComment] = useState("");
  const [asked, setAsked] = useState<{ verdict: Ask; review: ReviewForViewer }>();
  const { fully } = shownState(review, shown);
  const mayApprove = whyNot(review, fully, live) === undefined;
  const mayReject = live && review.mayVote;
  useEffect(() => {
    if (review.state !== "pending") return;
    const onKey = (event: KeyboardEvent) => {
      const letter = pressedLetter(event);
      const verdict =
        letter === "a" && mayApprove ? "approve" : letter === "x" && mayReject ? "reject" : undefined;
      if (verdict === undefined) return;
      event.preventDefault();
      setAsked({ verdict, review });
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [review, mayApprove, mayReject]);
  const { approved, needed } = tally(review);
  const word = review.state === "pending" && needed > 1 ? `Held, ${approved} of ${needed} votes` : undefined;
  return (
    <div className="review">
      <div className="bar head">
        <ActionIcon className="phone" aria-label="Back to the list" onClick={back}>
          <IconChevronLeft size={20} aria-hidden />
        </ActionIcon>
        <VerdictChip verdict={reviewVerdicts[review.state]} word={word} solid={review.state === "pending"} />
        <h2 className="el">
          <Visible text={reviewTitle(review)} />
        </h2>
        <span className="t2 f12 nophone">on</span>
        <span className="row g6 b f12 nophone">
          <Kind review={review} />
          {review.target} <StageTag tags={review.tags} />
        </span>
        <span className="sp" />
        <span className="f12 t2 nophone nw">
          asked <At time={review.openedAt} />
        </span>
        {review.state === "pending" ? (
          <span className="row g6 f12 nw">
            <IconClock size={14} aria-hidden />
            <CountDown until={review.expiresAt} />
          </span>
        ) : null}
        <CopyButton value={`${window.location.origin}/reviews?review=${review.id}`}>
          {({ copied, copy }) => (
            <ActionIcon
              className="nophone"
              aria-label={copied ? "Link copied" : "Copy link to this review"}
              onClick={copy}
            >
              {copied ? <IconCheck size={14} aria-hidden /> : <IconLink size={14} aria-hidden />}
            </ActionIcon>
          )}
        </CopyButton>
      </div>
      <Scroller className="scroll" label="What is asked">
        <div className="phone row g6 f12">
          <Kind review={review} /> <b>{review.target}</b> <StageTag tags={review.tags} />
          <span className="sp" />
          <span className="t3">
            asked <At time={review.openedAt} />
          </span>
        </div>
        <p className="phone asks">
          <Avatar name={review.requestedBy.name} workload={review.requestedBy.kind === "workload"} />
          <span>
            <b>{review.requestedBy.name}</b>{" "}
            {review.reason === "" ? (
              <span className="t3">
                {review.textRemoved === undefined ? "gave no reason" : "asked; the reason was removed"}
              </span>
            ) : (
              <>
                “<Visible text={review.reason} />”
              </>
            )}
          </span>
        </p>
        {review.textRemoved === undefined ? (
          <>
            <ReviewCommand key={review.sha256} review={review} shown={shown} />
            {review.decision.facts?.kind === "shell" ? (
              <ShellImpact facts={review.decision.facts} notes={review.impact?.notes ?? []} />
            ) : (
              <ReviewImpact review={review} />
            )}
          </>
        ) : (
          <RemovedText {...review.textRemoved} />
        )}
        <div className="card context narrow">
          <ReviewContext review={review} me={me} />
        </div>
      </Scroller>
      <DecideBar
        review={review}
        own={review.requestedBy.actor === me.id}
        shown={shown}
        live={live}
        comment={comment}
        setComment={setComment}
        ask={(verdict) => setAsked({ verdict, review })}
      />
      {asked === undefined ? null : (
        <ConfirmDecision
          review={asked.review}
          asked={asked.verdict}
          comment={comment}
          setComment={setComment}
          close={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

/** Of the target that it was asked of; which that was went with the facts of a removed text. */
function Kind({ review }: { review: ReviewForViewer }) {
  return review.textRemoved === undefined ? <KindIcon kind={kindOf(review)} /> : null;
}

/** In the place of the command: what went, when and why, and what is left of it. */
function RemovedText({ rule, at }: Removal) {
  return (
    <section className="card impact" aria-label="The command">
      <h2 className="lab">
        <IconEraser size={14} aria-hidden /> Removed by retention
      </h2>
      <p className="f12">
        The command, its values, its impact, the reason and the comments were removed <At time={at} /> by rule{" "}
        <code>{rule}</code>. Who decided what, and when, stays. The ledger keeps the hash of what went.
      </p>
    </section>
  );
}
