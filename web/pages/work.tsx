import { Button } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { bring } from "../api/bring.ts";
import { listSessions, listTargets, readSession } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { Page } from "../frame/page.tsx";
import { SqlConsole } from "../consoles/sql/sql-console.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";

/** xterm comes with the first terminal. */
const TerminalConsole = lazy(async () => ({
  default: (await bring(() => import("../consoles/terminal/terminal-console.tsx"))).TerminalConsole,
}));

const plainTop = <h1>Work</h1>;

/** The newest open session, or the way to one. */
export function Work() {
  const api = useApi();
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
        <NoSession title="No session is open">
          Editor or terminal, what comes back and why appear here once you open a target.
        </NoSession>
      )}
    </Page>
  );
}

/** Nothing to work in, and the way to something. */
function NoSession({ title, children }: { title: string; children: ReactNode }) {
  const navigate = useNavigate();
  return (
    <EmptyState
      icon={IconTerminal2}
      title={title}
      action={
        <Button variant="filled" onClick={() => void navigate({ to: "/targets" })}>
          Choose a target
        </Button>
      }
    >
      {children}
    </EmptyState>
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
  const error = session.error === null ? undefined : toUserError(session.error);
  const opening = (
    <Page title="Work" top={plainTop}>
      {error === undefined ? (
        <Waiting what="Opening the workspace" />
      ) : error.code === "not_found" || error.code === "invalid" ? (
        <NoSession title="There is no such session">
          The link is cut, or the session is somebody else's.
        </NoSession>
      ) : (
        <ErrorState error={error} again={() => void session.refetch()} />
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
