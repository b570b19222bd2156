import { ActionIcon } from "@mantine/core";
import { IconPlayerPauseFilled, IconPlus, IconShieldOff, IconX } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import type { Session } from "../../../shared/nouns/session.ts";
import { KindIcon } from "../../ui/kind-icon.tsx";
import { useInView } from "../use-in-view.ts";
import type { LivingTerminal } from "./living-terminal.ts";
import { asksRaw, rawLabel } from "./raw.ts";
import { sessionName } from "./session-name.ts";

type Props = {
  /** In the order in which they were opened. */
  sessions: readonly Session[];
  active: string;
  /** Terminals that this page has; others were opened elsewhere and are not connected here. */
  terminalOf: (session: Session) => LivingTerminal | undefined;
  pick: (session: Session) => void;
  close: (session: Session) => void;
  /** Another session on the target of the one that is shown. */
  add: () => void;
};

/** One's open sessions. */
export function SessionTabs({ sessions, active, terminalOf, pick, close, add }: Props) {
  const shown = useInView<HTMLSpanElement>(active, sessions.length);
  return (
    <nav className="tabs" aria-label="Sessions">
      {sessions.map((session, index) => {
        const on = session.id === active;
        const name = sessionName(session, sessions);
        const terminal = terminalOf(session);
        return (
          <span className={on ? "tab on" : "tab"} key={session.id} ref={on ? shown : undefined}>
            <button
              type="button"
              aria-current={on ? "true" : undefined}
              title={index < 9 ? `Alt ${index + 1}` : undefined}
              onClick={() => pick(session)}
            >
              <KindIcon kind={session.kind} />
              {name}
              {terminal === undefined ? null : <TabMarks terminal={terminal} />}
            </button>
            {on ? (
              <button type="button" className="x" aria-label={`Close ${name}`} onClick={() => close(session)}>
                <IconX size={12} aria-hidden />
              </button>
            ) : null}
          </span>
        );
      })}
      <ActionIcon aria-label="New session on this target" title="Ctrl Shift `" className="more" onClick={add}>
        <IconPlus size={14} aria-hidden />
      </ActionIcon>
    </nav>
  );
}

function TabMarks({ terminal }: { terminal: LivingTerminal }) {
  const { commands, mode } = useSyncExternalStore(terminal.subscribe, terminal.snapshot);
  const last = commands.at(-1);
  if (mode !== "raw" && last?.state !== "held") return null;
  return (
    <span className="fg t-wait row">
      {mode === "raw" ? (
        <span className="row" title={rawLabel}>
          <IconShieldOff size={12} aria-hidden />
          <span className="vh">, {rawLabel.toLowerCase()}</span>
        </span>
      ) : (
        <>
          <IconPlayerPauseFilled size={12} aria-hidden />
          <span className="vh">, {last !== undefined && asksRaw(last) ? "it" : "a line"} waits</span>
        </>
      )}
    </span>
  );
}
