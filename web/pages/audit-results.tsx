import { Button } from "@mantine/core";
import { IconHistory, IconPointFilled, IconSearchOff } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { toUserError } from "../api/errors.ts";
import type { PortalEvent } from "../../shared/contract/frames.ts";
import { useApi, usePortalEvents } from "../api/portal.tsx";
import type { FoundRecording } from "../../shared/nouns/recording.ts";
import { searchRecordings } from "../api/recordings.ts";
import { Visible } from "../ui/code.tsx";
import { KindIcon } from "../ui/kind-icon.tsx";
import { Avatar } from "../ui/marks.tsx";
import { plural } from "../ui/number.ts";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { At } from "../ui/time.tsx";
import { VerdictMark } from "../ui/verdict.tsx";
import { aroundHit, markWords, toRequest, type AuditSearch } from "./audit-search.ts";

/** Commands change often while people work; the list is read again at most this often. */
const rereadMs = 2000;
/** What runs at once is told to nobody: while a session of the list is live, it is looked at this often. */
const lookAgainMs = 5000;
const shownCharacters = 120;

/** Pages of a search, newest first, read again as sessions go on. */
export function useFoundRecordings(search: AuditSearch) {
  const api = useApi();
  const queries = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const reread = useCallback(() => {
    waiting.current = undefined;
    void queries.invalidateQueries({ queryKey: ["recordings"] });
  }, [queries]);
  usePortalEvents(
    useCallback(
      (event: PortalEvent) => {
        if (/^(session|command)\./u.test(event.type) && waiting.current === undefined)
          waiting.current = setTimeout(reread, rereadMs);
      },
      [reread],
    ),
  );
  useEffect(() => () => clearTimeout(waiting.current), []);
  const request = toRequest(search);
  return useInfiniteQuery({
    queryKey: ["recordings", request],
    queryFn: ({ pageParam, signal }) => searchRecordings(api, request, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: (before) => before,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ recordings }) => recordings.some(({ endedAt }) => endedAt === undefined))
        ? lookAgainMs
        : false,
  });
}

type Found = ReturnType<typeof useFoundRecordings>;

export function AuditResults({
  found,
  search,
  chosen,
  choose,
  clear,
}: {
  found: Found;
  search: AuditSearch;
  chosen: string | undefined;
  choose: (session: string) => void;
  clear: () => void;
}) {
  const recordings = found.data?.pages.flatMap((page) => page.recordings) ?? [];
  const here = useRef<HTMLLIElement>(null);
  const shown = recordings.some(({ session }) => session === chosen);
  useEffect(() => {
    if (shown && chosen !== undefined) here.current?.scrollIntoView({ block: "nearest" });
  }, [shown, chosen]);
  const narrowed = Object.values(search).some((value) => value !== undefined);
  return (
    <aside className="found col" aria-label="Sessions found" data-region tabIndex={-1}>
      <div className="bar low">
        <b className="f12">
          {found.data === undefined ? "Sessions" : plural(recordings.length, "session")}
          {found.hasNextPage ? " so far" : ""}
        </b>
        <span className="f12 t2 el">newest first</span>
      </div>
      {found.isPending ? (
        <Waiting what="Searching the recordings" />
      ) : found.error !== null && found.data === undefined ? (
        <ErrorState error={toUserError(found.error)} again={() => void found.refetch()} />
      ) : recordings.length === 0 ? (
        narrowed ? (
          <EmptyState
            icon={IconSearchOff}
            title="No session fits"
            action={<Button onClick={clear}>Show all</Button>}
          >
            Words match the beginning of words in commands. Filters narrow by target, actor, verdict and day.
          </EmptyState>
        ) : (
          <EmptyState icon={IconHistory} title="Nothing is recorded yet">
            Every session on a target is recorded from its first moment, and can be watched here while it
            runs.
          </EmptyState>
        )
      ) : (
        <ul className="qs sp" aria-label="Sessions">
          {recordings.map((recording) => (
            <li
              key={recording.session}
              ref={recording.session === chosen ? here : null}
              className={recording.session === chosen ? "on" : ""}
            >
              <FoundLine
                recording={recording}
                q={search.q}
                on={recording.session === chosen}
                choose={() => choose(recording.session)}
              />
            </li>
          ))}
          {found.hasNextPage ? (
            <li className="more">
              <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                Show more
              </Button>
            </li>
          ) : null}
        </ul>
      )}
    </aside>
  );
}

function FoundLine({
  recording,
  q,
  on,
  choose,
}: {
  recording: FoundRecording;
  q: string | undefined;
  on: boolean;
  choose: () => void;
}) {
  const { actorName, actor, target, kind, startedAt, endedAt, commandCount, matches } = recording;
  return (
    <button type="button" className="q" aria-current={on || undefined} onClick={choose}>
      <span className="row g6">
        <Avatar name={actorName} workload={actor.endsWith("-agent")} />
        <b className="f12 el">{actorName}</b>
        <span className="sp" />
        {endedAt === undefined ? (
          <span className="f11 fg t-go b row g4 nw">
            <IconPointFilled size={13} aria-hidden />
            Live
          </span>
        ) : (
          <span className="f11 t3 nw">
            <At time={startedAt} />
          </span>
        )}
      </span>
      {matches.length === 0 ? <span className="f12 t3">no command yet</span> : null}
      {matches.map((match) => (
        <span className="row g6" key={match.command}>
          <VerdictMark verdict={match.state} size={13} />
          <code className="f12 el">
            {markWords(aroundHit(match.text, q).slice(0, shownCharacters), q).map((part, index) =>
              part.hit ? (
                <mark key={index}>
                  <Visible text={part.text} />
                </mark>
              ) : (
                <Visible key={index} text={part.text} />
              ),
            )}
          </code>
        </span>
      ))}
      <span className="row g6 f11 t2">
        <KindIcon kind={kind} size={13} />
        <span className="el">{target}</span>
        <span className="sp" />
        <span className="nw">{plural(commandCount, "command")}</span>
      </span>
    </button>
  );
}
