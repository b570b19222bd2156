import { IconChevronRight, IconClockHour4 } from "@tabler/icons-react";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import { CodeText } from "../ui/code.tsx";
import { Avatar, StageTag } from "../ui/marks.tsx";
import { At, MinutesLeft, useNow } from "../ui/time.tsx";
import { VerdictChip, VerdictMark } from "../ui/verdict.tsx";
import { endedAt, languageOf, reviewVerdicts, tally } from "./review-words.ts";

const soonMs = 5 * 60_000;
/** Of a command in a list; the review shows all of it. */
const shownCharacters = 160;

/** One list of the inbox. */
export function ReviewList({
  reviews,
  chosen,
  me,
  choose,
}: {
  reviews: readonly ReviewForViewer[];
  chosen: string | undefined;
  me: string;
  choose: (review: string) => void;
}) {
  return (
    <ul className="qs" aria-label="Reviews">
      {reviews.map((review) => (
        <li key={review.id} className={review.id === chosen ? "on" : ""}>
          <button
            type="button"
            className="q"
            aria-current={review.id === chosen || undefined}
            onClick={() => choose(review.id)}
          >
            <span className="row g6">
              <Avatar name={review.requestedBy.name} workload={review.requestedBy.kind === "workload"} />
              <b className="f12 el">{review.requestedBy.actor === me ? "You" : review.requestedBy.name}</b>
              <span className="sp" />
              <Left review={review} />
            </span>
            {review.textRemoved === undefined ? (
              <code className="el">
                <CodeText text={oneLine(review.original)} language={languageOf(review)} />
              </code>
            ) : (
              <span className="f12 t3 el">Text removed by retention</span>
            )}
            <span className="row g6 f11 t3">
              <StageTag tags={review.tags} />
              <span className="t2 nw el">{review.target}</span>
              <span aria-hidden>·</span>
              <Ago since={review.openedAt} />
              <span className="sp" />
              <MyVote review={review} me={me} />
              <IconChevronRight className="phone" size={14} aria-hidden />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const oneLine = (text: string) => {
  const beginning = text.slice(0, shownCharacters).replace(/\s+/gu, " ").trim();
  return text.length > shownCharacters ? `${beginning}…` : beginning;
};

function Left({ review }: { review: ReviewForViewer }) {
  const soon = Date.parse(review.expiresAt) - useNow(15_000) < soonMs;
  if (review.state !== "pending")
    return (
      <span className="f11 t3 nw">
        <At time={endedAt(review)} />
      </span>
    );
  return (
    <span className={soon ? "f11 fg t-wait nw row g4 b" : "f11 t3 nw"}>
      {soon ? <IconClockHour4 size={13} aria-hidden /> : null}
      <span>
        <MinutesLeft until={review.expiresAt} />
      </span>
    </span>
  );
}

function Ago({ since }: { since: string }) {
  const minutes = Math.floor((useNow(15_000) - Date.parse(since)) / 60_000);
  if (minutes < 1) return <span className="nw">just now</span>;
  return (
    <span className="nw">{minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`}</span>
  );
}

function MyVote({ review, me }: { review: ReviewForViewer; me: string }) {
  const { approved, needed } = tally(review);
  if (review.state !== "pending") return <VerdictChip verdict={reviewVerdicts[review.state]} bare />;
  const mine = review.votes.find(({ actor }) => actor === me);
  return (
    <span className="nw row g4">
      {mine === undefined ? null : (
        <VerdictMark verdict={mine.verdict === "approve" ? "approved" : "rejected"} size={13} />
      )}
      {approved} of {needed} {needed === 1 ? "vote" : "votes"}
    </span>
  );
}
