import { Button } from "@mantine/core";
import {
  IconAlertTriangle,
  IconClock,
  IconPlug,
  IconPlugOff,
  IconShieldCheck,
  type Icon,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { usePortal } from "../../api/portal.tsx";
import type { Tone } from "../../ui/tone.ts";
import { verdicts } from "../../ui/verdict.tsx";
import { clock, useNow } from "../../ui/time.tsx";
import { sessionEnd } from "../session-end.ts";
import { isFinal } from "./commands.ts";
import { comingEnd } from "./ends.ts";
import type { LivingTerminal, TerminalState } from "./living-terminal.ts";
import { asksRaw } from "./raw.ts";

/** How long it is told that the shell is back. */
const backMs = 4_000;

type Props = {
  living: LivingTerminal;
  state: TerminalState;
  /** Opens another session on the same target. */
  openAgain: () => void;
  askRaw: () => void;
};

/** At the foot of a terminal, over it: what stands between its user and the shell, or soon will. */
export function PaneState({ living, state, openAgain, askRaw }: Props) {
  const { link } = state;
  const last = state.commands.at(-1);
  const asked = last !== undefined && asksRaw(last) ? last : undefined;
  switch (link.phase) {
    case "connecting":
    case "opening":
      return (
        <Line
          tone="move"
          icon={IconPlug}
          title={link.phase === "connecting" ? "Connecting" : "Opening the shell"}
        />
      );
    case "lost":
      return (
        <Line tone="wait" icon={IconPlugOff} title="Reconnecting">
          {asked?.state === "held"
            ? "What you asked for still waits."
            : "What you type now is not sent. The shell goes on, unless the gateway itself stopped."}
        </Line>
      );
    case "refused":
      return (
        <Line
          tone="stop"
          icon={IconAlertTriangle}
          title={link.error.message}
          alert
          action={
            <>
              {link.error.code === "shell_not_governable" ? (
                <Button onClick={askRaw}>Open a recorded-only terminal…</Button>
              ) : state.raw && link.error.code !== "blocked" ? (
                <Button onClick={askRaw}>Ask again…</Button>
              ) : null}
              <Button
                onClick={() => {
                  living.retry();
                  living.focus();
                }}
              >
                {state.raw ? "Open a governed terminal" : "Try again"}
              </Button>
            </>
          }
        >
          {link.error.hint}
        </Line>
      );
    case "ended": {
      const { message, hint } = sessionEnd(link.because);
      return (
        <Line
          tone="stop"
          icon={IconPlugOff}
          title={message}
          alert
          action={<Button onClick={openAgain}>Open it again</Button>}
        >
          {hint ?? "What stood on the screen stays in its recording."}
        </Line>
      );
    }
    case "live":
      return <Live {...{ living, state, openAgain, askRaw }} />;
  }
}

/** Nothing, but for a moment after a return, and before an end. */
function Live({ living: { session }, state, openAgain, askRaw }: Props) {
  const { config } = usePortal();
  const now = useNow();
  const last = state.commands.at(-1);
  // Refused while nobody was connected to hear it.
  if (state.raw && state.mode !== "raw" && last !== undefined && asksRaw(last))
    return (
      <Line
        tone="stop"
        icon={IconShieldCheck}
        title={`The recorded-only terminal: ${verdicts[last.state].word.toLowerCase()}`}
        action={<Button onClick={askRaw}>Ask again…</Button>}
      >
        This one is governed.
      </Line>
    );
  const { back } = state;
  if (back?.another === true && state.usedAt < back.at)
    return (
      <Line tone="wait" icon={IconPlug} title="Connected again, to a new shell">
        The gateway was started anew: the shell before this one ended with it, and what ran there.
      </Line>
    );
  if (back?.another === false && now - back.at < backMs)
    return (
      <Line tone="go" icon={IconPlug} title="Connected again">
        This is the same shell, with its screen as it stands now.
      </Line>
    );
  const end = comingEnd(
    {
      expiresAt: Date.parse(session.expiresAt),
      usedAt: state.usedAt,
      idleMs: config.sessionIdleMs,
      busy: state.mode !== "raw" && state.commands.some((command) => !isFinal(command)),
    },
    now,
  );
  if (end === undefined) return null;
  const left = clock((end.at - now) / 1000);
  if (end.because === "idle")
    return (
      <Line tone="wait" icon={IconClock} title={`Ends in ${left}, since nobody types`}>
        Any key keeps it.
      </Line>
    );
  return (
    <Line
      tone="wait"
      icon={IconClock}
      title={`This session's time is over in ${left}`}
      action={<Button onClick={openAgain}>Open another</Button>}
    >
      What runs in it then is ended.
    </Line>
  );
}

function Line({
  tone,
  icon: Icon,
  title,
  alert = false,
  action,
  children,
}: {
  tone: Tone;
  icon: Icon;
  title: string;
  alert?: boolean;
  action?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={`term-state t-${tone}`} role={alert ? "alert" : "status"}>
      <Icon className="i" size={14} aria-hidden />
      <b className="f12">{title}</b>
      <span className="f12 sp">{children}</span>
      {action}
    </div>
  );
}
