import { Button } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { listSessions, listTargets, readSession } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { SqlConsole } from "../consoles/sql/sql-console.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";

/** xterm comes with the first terminal. */
const TerminalConsole = lazy(async () => ({
  default: (await import("../consoles/terminal/terminal-console.tsx")).TerminalConsole,
}));

const plainTop = <h1>Work</h1>;

/** The newest open session, or the way to one. */
export function Work() {
  const api = useApi();
  const navigate = useNavigate();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: ({ signal }) => listSessions(api, signal) });
  const open = sessions.data?.find(({ state }) => state === "open");
  if (open !== undefined) return <Navigate to="/work/$session" params={{ session: open.id }} replace />;
  return (
    <Page title="Work" top={plainTop}>
      {sessions.isPending ? (
        <Waiting what="Looking for your sessions" />
      ) : sessions.error !== null ? (
        <ErrorState error={toUserError(sessions.error)} again={() => void sessions.refetch()} />
      ) : (
        <EmptyState
          icon={IconTerminal2}
          title="No session is open"
          action={
            <Button variant="filled" onClick={() => void navigate({ to: "/targets" })}>
              Choose a target
            </Button>
          }
        >
          Editor or terminal, what comes back and why appear here once you open a target.
        </EmptyState>
      )}
    </Page>
  );
}

/** The workspace of one session, by the kind of its target. */
export function WorkAt() {
  const api = useApi();
  const { session: id } = useParams({ from: "/portal/work/$session" });
  const { beside = [] } = useSearch({ from: "/portal/work/$session" });
  const session = useQuery({
    queryKey: ["session", id],
    queryFn: ({ signal }) => readSession(api, id, signal),
    staleTime: Infinity,
  });
  const targets = useQuery({ queryKey: ["targets"], queryFn: ({ signal }) => listTargets(api, signal) });
  const tagsOf = (target: string) => targets.data?.find(({ name }) => name === target)?.tags ?? {};
  const opening = (
    <Page title="Work" top={plainTop}>
      {session.error === null ? (
        <Waiting what="Opening the workspace" />
      ) : (
        <ErrorState error={toUserError(session.error)} again={() => void session.refetch()} />
      )}
    </Page>
  );
  if (session.data === undefined || targets.isPending) return opening;
  if (session.data.kind === "ssh")
    return (
      <Suspense fallback={opening}>
        <TerminalConsole session={session.data} beside={beside} tagsOf={tagsOf} />
      </Suspense>
    );
  return <SqlConsole key={session.data.id} session={session.data} tags={tagsOf(session.data.target)} />;
}
