import "./lists.css";
import "./reviews.css";
import { Button, SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconBolt, IconBoltOff, IconInbox, IconInboxOff } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { can } from "../../shared/can/can.ts";
import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import { toUserError } from "../api/errors.ts";
import { useLive, useMe } from "../api/portal.tsx";
import { pressedLetter } from "../frame/letters.ts";
import { NoticesButton } from "../frame/notices-button.tsx";
import { Page } from "../frame/page.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { plural } from "../ui/number.ts";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { ReviewContext } from "./review-context.tsx";
import { ReviewDetail } from "./review-detail.tsx";
import { ReviewList } from "./review-list.tsx";
import { inboxes, inboxOf, type Inbox } from "./review-words.ts";
import { useCovering } from "./use-covering.ts";
import { useReview, useReviews } from "./use-reviews.ts";

const nothing: readonly ReviewForViewer[] = [];

/** The inbox: what waits, one of it whole, and who asks why. */
export function Reviews() {
  const me = useMe();
  const navigate = useNavigate();
  const search = useSearch({ from: "/portal/reviews" });
  const votes = can(me, "reviews.vote");
  /** The list and the review stand side by side; below, one covers the other. */
  const beside = useMediaQuery("(min-width: 900px)", true, { getInitialValueInEffect: false }) ?? true;
  // A review that was just decided stays in view, though it has left its list.
  const linked = useReview(search.review);
  const tab: Inbox =
    search.tab ?? (linked.data === undefined ? (votes ? "decide" : "mine") : inboxOf(linked.data, me.id));
  const reviews = useReviews(tab);
  const shown = reviews.data ?? nothing;
  // Where one was asked for, no other ever stands in its place.
  const chosen =
    search.review === undefined ? shown[0] : (linked.data ?? shown.find(({ id }) => id === search.review));
  const covering = useCovering(beside, search.review !== undefined);
  const open = (review: string) =>
    void navigate({ to: "/reviews", search: { tab, review }, replace: covering.replaces() });
  const showList = (to: Inbox = tab) => void navigate({ to: "/reviews", search: { tab: to }, replace: true });

  // What is being read stays: one that arrives or is decided must not slide another under the reader's keys.
  const unpinned = beside && chosen?.id !== search.review ? chosen?.id : undefined;
  useEffect(() => {
    if (unpinned !== undefined)
      void navigate({ to: "/reviews", search: { tab, review: unpinned }, replace: true });
  }, [unpinned, tab, navigate]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const letter = pressedLetter(event);
      if (letter !== "j" && letter !== "k") return;
      const index = shown.findIndex(({ id }) => id === chosen?.id);
      const next = shown[index + (letter === "j" ? 1 : -1)];
      if (next === undefined) return;
      event.preventDefault();
      void navigate({ to: "/reviews", search: { tab, review: next.id }, replace: true });
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [shown, chosen?.id, tab, navigate]);

  const list = (
    <>
      <div className="bar">
        <b className="f12">
          {tab === "decide" ? waitWords(shown.length) : plural(shown.length, "review")}
          {reviews.hasNextPage ? ", and more" : ""}
        </b>
        {shown.length < 2 ? null : (
          <span className="f12 t2 el">{tab === "decide" ? "soonest to expire first" : "newest first"}</span>
        )}
        <span className="sp" />
        <LiveMark />
      </div>
      <div className="tabs3">
        <SegmentedControl
          fullWidth
          aria-label="Which reviews"
          value={tab}
          onChange={(value) => showList(inboxes.find((known) => known === value))}
          data={[
            { value: "decide", label: "To decide" },
            { value: "mine", label: "Asked by me" },
            { value: "decided", label: "Decided" },
          ]}
        />
      </div>
      <div className="sp scroll">
        {reviews.isPending ? (
          <Waiting what="Asking what waits on you" />
        ) : reviews.error !== null && reviews.data === undefined ? (
          <ErrorState error={toUserError(reviews.error)} again={() => void reviews.refetch()} />
        ) : shown.length === 0 ? (
          <Empty tab={tab} votes={votes} />
        ) : (
          <>
            <ReviewList
              reviews={shown}
              chosen={beside ? chosen?.id : search.review}
              me={me.id}
              choose={open}
            />
            {reviews.hasNextPage ? (
              <div className="more-row">
                <Button loading={reviews.isFetchingNextPage} onClick={() => void reviews.fetchNextPage()}>
                  Show more
                </Button>
              </div>
            ) : null}
          </>
        )}
      </div>
      <div className="bar sub low foot f11 t2 nophone">
        <span className="row g4">
          <KeyHint keys={["J", "K"]} /> next, previous
        </span>
        <span className="row g4">
          <KeyHint keys={["A"]} /> approve
        </span>
        <span className="row g4">
          <KeyHint keys={["X"]} /> reject
        </span>
      </div>
    </>
  );
  return (
    <Page
      title="Reviews"
      top={
        <>
          <h1>Reviews</h1>
          {votes ? (
            <span className="t2 f12 nophone el">
              You review for <b>{me.groups.join(", ")}</b>
            </span>
          ) : null}
        </>
      }
      panel={
        chosen === undefined || !beside
          ? undefined
          : { label: "Context", width: "296px", content: <ReviewContext review={chosen} me={me} /> }
      }
      status={<span>You cannot decide what you or your agents asked for</span>}
    >
      <div className={search.review === undefined ? "inbox" : "inbox chosen"}>
        <div className="held col">{list}</div>
        {chosen === undefined && linked.error !== null ? (
          <div className="nothing">
            <EmptyState
              icon={IconInboxOff}
              title="This review cannot be shown"
              action={<Button onClick={() => showList()}>Show the list</Button>}
            >
              {noReview(linked.error)}
            </EmptyState>
          </div>
        ) : chosen === undefined ? (
          <div className="nothing">
            <EmptyState icon={IconInbox} title="Nothing is chosen">
              A held command appears here whole: exact bytes, impact, and why it was held.
            </EmptyState>
          </div>
        ) : (
          <ReviewDetail key={chosen.id} review={chosen} me={me} back={() => covering.uncover(showList)} />
        )}
      </div>
    </Page>
  );
}

/** A link may be cut, or lead to what others decide. */
function noReview(reason: unknown): string {
  const { code, message, hint } = toUserError(reason);
  return code === "not_found" || code === "invalid"
    ? "There is none under this address, or it is not yours to see."
    : `${message} ${hint ?? ""}`.trim();
}

const waitWords = (held: number) => (held === 0 ? "Nothing waits" : held === 1 ? "1 waits" : `${held} wait`);

function LiveMark() {
  const live = useLive() === "live";
  const Icon = live ? IconBolt : IconBoltOff;
  return (
    <span className={`row g4 f11 fg ${live ? "t-go" : "t-wait"}`}>
      <Icon size={13} aria-hidden />
      {live ? "Live" : "May be old"}
    </span>
  );
}

function Empty({ tab, votes }: { tab: Inbox; votes: boolean }) {
  if (tab === "mine")
    return (
      <EmptyState icon={IconInbox} title="You asked for nothing yet">
        A command of yours that needs people waits here, with its votes, until it is decided.
      </EmptyState>
    );
  if (tab === "decided")
    return (
      <EmptyState icon={IconInbox} title="Nothing was decided yet">
        What your groups approved, rejected or let expire stays here.
      </EmptyState>
    );
  return (
    <EmptyState icon={IconInbox} title="Nothing waits on you" action={votes ? <NoticesButton /> : undefined}>
      {votes
        ? "Held commands of your groups appear here the moment they are asked. Leave this tab open."
        : "Deciding takes the role of a reviewer. What you asked for yourself is under “Asked by me”."}
    </EmptyState>
  );
}
