import { Button, TextInput } from "@mantine/core";
import {
  IconArrowBackUp,
  IconCircleCheck,
  IconEyeExclamation,
  IconFingerprint,
  IconMessageCircle,
  IconUserCheck,
  IconUserX,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import { cancelCommand } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { plural } from "../ui/number.ts";
import { HashText } from "../ui/hash-text.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { At } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import { besideCommand, endedAt, reviewVerdicts, tally } from "./review-words.ts";
import type { Shown } from "./fully-shown.ts";

export type Ask = "approve" | "reject";
export const maxComment = 2000;

/** What there is to be shown of a review, and whether it was: its lines, and what stands beside them. */
export function shownState(review: ReviewForViewer, shown: Shown) {
  const lines = review.sql.split(/\r\n|\n/u).length;
  const beside = besideCommand(review);
  return { lines, beside, fully: shown.lines >= lines && shown.parameters >= beside.count };
}

/** Why approving is off at this moment; undefined where it is on. */
export function whyNot(review: ReviewForViewer, fully: boolean, live: boolean): string | undefined {
  if (!live) return "Reconnect first: what is shown may be old.";
  if (!fully) return "Scroll through the whole command first.";
  if (!review.mayVote) return review.mayNotVoteBecause ?? "You cannot decide this one.";
  return undefined;
}

type Props = {
  review: ReviewForViewer;
  /** The viewer asked for it. */
  own: boolean;
  shown: Shown;
  live: boolean;
  comment: string;
  setComment: (comment: string) => void;
  ask: (verdict: Ask) => void;
};

/** The hash, whether all was shown, a comment, and the two ways. Approve never moves. */
export function DecideBar({ review, own, shown, live, comment, setComment, ask }: Props) {
  if (review.state !== "pending") return <Decided review={review} />;
  const { lines, beside, fully } = shownState(review, shown);
  const off = whyNot(review, fully, live);
  if (!review.mayVote)
    return (
      <footer className="decide" aria-label="Decide">
        <div className="row g8 f12">
          <VerdictChip verdict="held" bare word="You cannot decide this one." />
          <span className="t2 sp">{review.mayNotVoteBecause ?? "It waits on others."}</span>
          {own ? <Withdraw review={review} /> : null}
        </div>
      </footer>
    );
  return (
    <footer className="decide" aria-label="Decide">
      <div className="row g8 f12 what">
        <span className="fg t-proof row g6 nw nophone">
          <IconFingerprint size={16} aria-hidden />
          <b>You decide on exactly these bytes</b>
        </span>
        <HashText hash={review.sha256} />
        <span className="sp" />
        <output className={`chip bare ${fully ? "t-go" : "t-wait"}`}>
          {fully ? <IconCircleCheck size={14} aria-hidden /> : <IconEyeExclamation size={14} aria-hidden />}
          <span>
            {fully ? "Fully shown" : "Not all shown yet"}
            <span className="nophone">
              : {Math.min(shown.lines, lines)} of {lines} {lines === 1 ? "line" : "lines"}
              {beside.count === 0
                ? ""
                : `, ${Math.min(shown.parameters, beside.count)} of ${plural(beside.count, beside.one, beside.many)}`}
            </span>
          </span>
        </output>
      </div>
      <div className="row do">
        <TextInput
          className="sp nophone"
          aria-label="Comment, kept in the record"
          placeholder="Comment, kept in the record"
          leftSection={<IconMessageCircle size={14} aria-hidden />}
          value={comment}
          maxLength={maxComment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Button
          variant="outline"
          color="stop"
          size="md"
          disabled={!live}
          leftSection={<IconUserX size={16} aria-hidden />}
          rightSection={<KeyHint keys={["X"]} />}
          onClick={() => ask("reject")}
        >
          Reject
        </Button>
        <Button
          color="go"
          variant="filled"
          size="md"
          disabled={off !== undefined}
          aria-describedby="why-not"
          leftSection={<IconUserCheck size={16} aria-hidden />}
          rightSection={<KeyHint keys={["A"]} />}
          onClick={() => ask("approve")}
        >
          Approve<span className="nophone">, run once</span>
        </Button>
      </div>
      <p id="why-not" className="f11 t2 why" role="status">
        {off ?? "Approving lets it run at most once."}
      </p>
    </footer>
  );
}

/** Takes one's own request back: nothing runs. */
function Withdraw({ review }: { review: ReviewForViewer }) {
  const api = useApi();
  const queries = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => cancelCommand(api, review.command),
    onSuccess: () => toast({ verdict: "withdrawn", title: "Withdrawn", message: "Nothing ran." }),
    onError: (error) => toast({ verdict: "failed", title: toUserError(error).message }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["reviews"] }),
  });
  return (
    <Button
      leftSection={<IconArrowBackUp size={14} aria-hidden />}
      loading={withdraw.isPending}
      onClick={() => withdraw.mutate()}
    >
      Withdraw
    </Button>
  );
}

/** What came of an approved command, for those who approved it. */
function whatCame(outcome: ReviewForViewer["outcome"]): string {
  const why = outcome?.code === undefined ? "" : ` (${outcome.code})`;
  switch (outcome?.state) {
    case "running":
      return "It is running.";
    case "completed":
      return outcome.rowCount === undefined
        ? "It ran once."
        : `It ran once: ${plural(outcome.rowCount, "row")}.`;
    case "failed":
      return `It ran once and failed${why}.`;
    case "cancelled":
      return "It was cancelled.";
    case "unknown":
      return "Whether it took effect is not known. It does not run again by itself.";
    case "blocked":
      return `It did not run: what was approved no longer held${why}.`;
    case "expired":
    case "rejected":
    case "withdrawn":
      return "It did not run.";
    case "held":
      return "It runs once, if policy still agrees.";
    case undefined:
      return "What came of it was removed by retention with the session's recording.";
  }
}

function Decided({ review }: { review: ReviewForViewer }) {
  const { approved, needed } = tally(review);
  const words: Record<ReviewForViewer["state"], string> = {
    pending: "",
    approved: `${approved} of ${needed} approved. ${whatCame(review.outcome)}`,
    rejected: "Nothing ran.",
    expired: "Nobody decided in time. Nothing ran.",
    withdrawn: "Its owner took it back. Nothing ran.",
  };
  return (
    <footer className="decide" aria-label="How it ended">
      <p className="f12 row g8 ended">
        <VerdictChip verdict={reviewVerdicts[review.state]} />
        <span>{words[review.state]}</span>
        <span className="sp" />
        <span className="t3 nw">
          <At time={endedAt(review)} />
        </span>
        <HashText hash={review.sha256} />
      </p>
    </footer>
  );
}
