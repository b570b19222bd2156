import { Button } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { Navigate, useNavigate, useParams } from "@tanstack/react-router";
import { Page } from "../app/page.tsx";
import { useTabSessions } from "../app/tab-sessions.ts";
import { EmptyState } from "../ui/states.tsx";

/** The last session of this tab, or the way to one. */
export function Work() {
  const [last] = useTabSessions();
  const navigate = useNavigate();
  if (last !== undefined) return <Navigate to="/work/$session" params={{ session: last.id }} replace />;
  return (
    <Page title="Work" top={<h1>Work</h1>}>
      <EmptyState
        icon={IconTerminal2}
        title="No session is open in this tab"
        action={
          <Button variant="filled" onClick={() => void navigate({ to: "/targets" })}>
            Choose a target
          </Button>
        }
      >
        Editor, results and decisions appear here once you open a target.
      </EmptyState>
    </Page>
  );
}

export function WorkAt() {
  const { session } = useParams({ from: "/portal/work/$session" });
  return (
    <Page title="Work" top={<h1>Work</h1>}>
      {session}
    </Page>
  );
}
