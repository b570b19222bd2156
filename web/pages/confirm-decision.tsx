import { Button, Drawer, Modal, Textarea } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconFingerprint, IconTable, IconUserCheck, IconUserX, IconUsers } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import { vote } from "../api/reviews.ts";
import { toUserError } from "../api/errors.ts";
import { useApi, useLive } from "../api/portal.tsx";
import { Visible } from "../ui/code.tsx";
import { shortHash } from "../ui/hash-text.tsx";
import { KindIcon } from "../ui/kind-icon.tsx";
import { StageTag } from "../ui/marks.tsx";
import { toast } from "../ui/toast.tsx";
import { maxComment, type Ask } from "./decide-bar.tsx";
import { changesWords, kindOf, nextVote, reviewTitle } from "./review-words.ts";

type Props = {
  /** The review as it was shown: the vote carries its hash, whatever has happened since. */
  review: ReviewForViewer;
  asked: Ask;
  comment: string;
  setComment: (comment: string) => void;
  close: () => void;
};

/** Restates target, rows and hash once; Enter confirms, Esc leaves. A sheet on phones. */
export function ConfirmDecision(props: Props) {
  const phone = useMediaQuery("(max-width: 640px)", false, { getInitialValueInEffect: false });
  const title = props.asked === "approve" ? "Approve and run once" : "Reject";
  return phone ? (
    <Drawer
      opened
      onClose={props.close}
      position="bottom"
      title={title}
      size="auto"
      className="decision-sheet"
    >
      <Decision {...props} />
    </Drawer>
  ) : (
    <Modal opened onClose={props.close} title={title} size={440} centered>
      <Decision {...props} />
    </Modal>
  );
}

function Decision({ review, asked, comment, setComment, close }: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const [sent] = useState({ sha256: review.sha256 });
  const approve = asked === "approve";
  // Nothing is decided on what may be old: it may have ended meanwhile.
  const live = useLive() === "live";
  const cast = useMutation({
    mutationFn: () => vote(api, review.id, { verdict: asked, sha256: sent.sha256, comment: comment.trim() }),
    onSuccess: (after) => {
      setComment("");
      toast({
        verdict: approve ? "approved" : "rejected",
        title: approve
          ? after.state === "approved"
            ? "Approved: it runs once"
            : "Your vote counts"
          : "Rejected",
        message: `${reviewTitle(after)} on ${after.target}`,
      });
      close();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["reviews"] }),
  });
  const error = cast.error === null ? undefined : toUserError(cast.error);
  const { words, runs } = nextVote(review);
  return (
    <form
      className="deciding"
      onSubmit={(event) => {
        event.preventDefault();
        if (live && !cast.isPending) cast.mutate();
      }}
    >
      <ul className="points">
        <li>
          <KindIcon kind={kindOf(review)} size={16} />
          <span>
            <Visible text={reviewTitle(review)} /> on <b>{review.target}</b> <StageTag tags={review.tags} />
          </span>
        </li>
        {approve ? (
          <li>
            <IconTable size={16} aria-hidden />
            <span>
              <Visible text={changesWords(review)} />
            </span>
          </li>
        ) : null}
        <li>
          <IconUsers size={16} aria-hidden />
          <span>
            {approve ? (
              <>
                {words}: <b>{runs ? "it runs at once" : "it waits for the others"}</b>
              </>
            ) : (
              <>
                your vote ends it: <b>nothing runs</b>
              </>
            )}
          </span>
        </li>
        <li>
          <IconFingerprint size={16} aria-hidden />
          <span>
            exactly <code title={sent.sha256}>{shortHash(sent.sha256)}</code>
          </span>
        </li>
      </ul>
      <Textarea
        label={approve ? "Comment, optional" : `Tell ${review.requestedBy.name} why`}
        autosize
        minRows={1}
        maxRows={4}
        maxLength={maxComment}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      {live ? null : (
        <p className="f12 fg t-wait" role="status">
          The connection is lost: reconnecting. You can decide once it is back.
        </p>
      )}
      {error === undefined ? null : (
        <p className="f12 fg t-stop" role="alert">
          <b>{error.message}</b> {error.hint}
        </p>
      )}
      <div className="choices">
        <Button variant="subtle" color="quiet" size="md" onClick={close}>
          Back to the command
        </Button>
        <Button
          data-autofocus
          type="submit"
          variant="filled"
          color={approve ? "go" : "stop"}
          size="md"
          disabled={!live}
          loading={cast.isPending}
          leftSection={
            approve ? <IconUserCheck size={16} aria-hidden /> : <IconUserX size={16} aria-hidden />
          }
        >
          {approve ? "Approve, run once" : "Reject"}
        </Button>
      </div>
    </form>
  );
}
