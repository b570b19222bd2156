import { Visible } from "../ui/code.tsx";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { listSessions } from "../api/calls.ts";
import { useApi } from "../api/portal.tsx";
import { KindIcon } from "../ui/kind-icon.tsx";
import { At } from "../ui/time.tsx";
import { VerdictChip } from "../ui/verdict.tsx";

const shownSessions = 6;

/** One's own sessions, newest first: when, why, and how each ended. */
export function LastSessions() {
  const api = useApi();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: ({ signal }) => listSessions(api, signal) });
  if (sessions.data === undefined || sessions.data.length === 0) return null;
  return (
    <section className="last">
      <h2 className="lab">Your last sessions</h2>
      <ul>
        {sessions.data.slice(0, shownSessions).map((session) => (
          <li className="row f12" key={session.id}>
            <span className="t3 row">
              <KindIcon kind={session.kind} size={14} />
            </span>
            <b className="name el">{session.target}</b>
            <span className="t2 nw when">
              <At time={session.openedAt} />
              {session.closedAt === undefined ? null : (
                <>
                  {" to "}
                  <At time={session.closedAt} />
                </>
              )}
            </span>
            <span className="t2 el sp">
              <span className="nophone">
                <Visible text={session.reason === "" ? "no reason given" : session.reason} />
              </span>
            </span>
            {session.state === "open" ? (
              <VerdictChip verdict="recorded" word="Recording" bare />
            ) : (
              <span className="t2 nw">{session.closedBecause ?? "closed"}</span>
            )}
            <span className="act r">
              {session.state === "open" ? (
                <Link to="/work/$session" params={{ session: session.id }}>
                  Open
                </Link>
              ) : (
                <Link to="/audit" search={{ session: session.id }}>
                  Replay
                </Link>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
