import "./terminal-console.css";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { Session } from "../../../shared/nouns/session.ts";
import type { Tags } from "../../../shared/nouns/target.ts";
import { closeSession, openSession } from "../../api/calls.ts";
import { toUserError } from "../../api/errors.ts";
import { useApi } from "../../api/portal.tsx";
import { Page } from "../../frame/page.tsx";
import { toast } from "../../ui/toast.tsx";
import { SessionFacts } from "../session-facts.tsx";
import { CloseDialog } from "./close-dialog.tsx";
import { isFinal, type TerminalCommand } from "./commands.ts";
import { TerminalDecision } from "./decision.tsx";
import { FilesPanel } from "./files-panel.tsx";
import type { LivingTerminal } from "./living-terminal.ts";
import { forgetTerminal, livingTerminal } from "./living-terminals.ts";
import { Pane } from "./pane.tsx";
import { RawDialog } from "./raw-dialog.tsx";
import { sessionName } from "./session-name.ts";
import { SessionTabs } from "./session-tabs.tsx";
import { TerminalStatus } from "./terminal-status.tsx";
import { useOpenSessions } from "./use-open-sessions.ts";
import { usePreferences } from "./use-preferences.ts";
import { useTerminalKeys } from "./use-terminal-keys.ts";

type Props = {
  session: Session;
  /** More sessions, shown beside it. */
  beside: readonly string[];
  tagsOf: (target: string) => Tags;
};

const maxPanes = 4;

/** The workspace of SSH targets: living shells in tabs and beside one another, and why each line ran or did not. */
export function TerminalConsole({ session, beside, tagsOf }: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const preferences = usePreferences();
  const sessions = useOpenSessions(session);
  const terminals = sessions.filter(({ kind }) => kind === "ssh");
  const shown = [session, ...terminals.filter(({ id }) => id !== session.id && beside.includes(id))];
  const [focused, setFocused] = useState(session.id);
  const active = shown.find(({ id }) => id === focused) ?? session;
  const living = useMemo(() => livingTerminal(api, active), [api, active]);
  const state = useSyncExternalStore(living.subscribe, living.snapshot);
  const [chosen, setChosen] = useState<{ command: string; among: number }>();
  const [finding, setFinding] = useState<string>();
  const [closing, setClosing] = useState<{ session: Session; command: TerminalCommand }>();
  const [panelOpen, setPanelOpen] = useState(false);
  const [askingRaw, setAskingRaw] = useState(false);
  // The next line that is entered is explained again by itself.
  const picked = chosen?.among === state.commands.length ? chosen.command : undefined;
  const explained = state.commands.find(({ id }) => id === picked) ?? state.commands.at(-1);
  const ended = state.link.phase === "ended";
  const withoutVotes = explained?.decision?.effect === "review" && explained.review === undefined;
  const looked = withoutVotes ? explained.id : undefined;
  useEffect(() => {
    if (looked !== undefined) living.look(looked);
  }, [living, looked]);

  const choose = (command: string, terminal: LivingTerminal = living) =>
    setChosen({ command, among: terminal.snapshot().commands.length });
  /** Shows a session first, with these beside it, and puts the cursor there. */
  const go = (to: Session, others: readonly string[]) => {
    queries.setQueryData(["session", to.id], to);
    const next = others.filter((id) => id !== to.id);
    const search = next.length === 0 ? {} : { beside: next };
    void navigate({ to: "/work/$session", params: { session: to.id }, search });
  };
  const tell = (reason: unknown) => {
    const { message, hint } = toUserError(reason);
    toast({ verdict: "failed", title: message, ...(hint === undefined ? {} : { message: hint }) });
  };
  const opening = useMutation({
    mutationFn: (_: "tab" | "split") => openSession(api, active.target, active.reason),
    onSuccess: async (opened, how) => {
      await queries.invalidateQueries({ queryKey: ["sessions"] });
      setFocused(opened.id);
      if (how === "tab") return go(opened, []);
      queries.setQueryData(["session", opened.id], opened);
      go(session, [...beside, opened.id]);
    },
    onError: tell,
  });
  const pick = (wanted: Session) => {
    setFocused(wanted.id);
    if (!shown.some(({ id }) => id === wanted.id)) go(wanted, wanted.kind === "ssh" ? beside : []);
    else livingTerminal(api, wanted).focus();
  };
  const close = async (leaving: Session) => {
    setClosing(undefined);
    try {
      if (leaving.id !== active.id || !ended) await closeSession(api, leaving.id);
      forgetTerminal(api, leaving.id);
      await queries.invalidateQueries({ queryKey: ["sessions"] });
      const next = shown.find(({ id }) => id !== leaving.id) ?? terminals.find(({ id }) => id !== leaving.id);
      if (next === undefined) return void navigate({ to: "/targets" });
      setFocused(next.id);
      go(next, beside);
    } catch (reason) {
      tell(reason);
    }
  };
  /** Asks first where something would be lost. */
  const leave = (leaving: Session) => {
    const last = leaving.id === active.id && !ended ? state.commands.at(-1) : undefined;
    if (last === undefined || isFinal(last)) void close(leaving);
    else setClosing({ session: leaving, command: last });
  };
  /** A terminal of another kind has a session of its own; one that got none makes room for it. */
  const openedRaw = async (opened: Session) => {
    setAskingRaw(false);
    const left = state.link.phase === "refused" ? active : undefined;
    setFocused(opened.id);
    go(opened, []);
    try {
      if (left !== undefined) await closeSession(api, left.id);
      if (left !== undefined) forgetTerminal(api, left.id);
    } catch (reason) {
      tell(reason);
    }
    await queries.invalidateQueries({ queryKey: ["sessions"] });
  };
  const split = () => {
    if (shown.length < maxPanes) opening.mutate("split");
  };
  useTerminalKeys({
    "new-tab": () => opening.mutate("tab"),
    split,
    raw: () => setAskingRaw(true),
    find: () => setFinding(active.id),
    copy: () => void copy(living.xterm.terminal.getSelection()),
    why: () => {
      setPanelOpen(true);
      document.getElementById("panel")?.focus();
    },
    larger: () => preferences.stepFont(1),
    smaller: () => preferences.stepFont(-1),
    tab: (number) => {
      const wanted = sessions[number - 1];
      if (wanted !== undefined) pick(wanted);
    },
  });

  return (
    <Page
      title={`${active.target} · Work`}
      top={
        <SessionFacts
          session={active}
          tags={tagsOf(active.target)}
          ended={ended}
          doing={
            (state.mode ?? (state.raw ? "raw" : "")) === "raw" ? "Recorded-only terminal" : "Governed shell"
          }
        />
      }
      side={{ label: "Files", content: <FilesPanel key={active.id} session={active} /> }}
      panel={{
        label: "Decision",
        open: panelOpen,
        onOpenChange: setPanelOpen,
        content: (
          <TerminalDecision
            commands={state.commands}
            shown={explained}
            choose={(command) => choose(command)}
          />
        ),
      }}
      status={<TerminalStatus state={state} />}
    >
      <SessionTabs
        sessions={sessions}
        active={active.id}
        terminalOf={(each) =>
          shown.some(({ id }) => id === each.id) ? livingTerminal(api, each) : undefined
        }
        pick={pick}
        close={leave}
        add={() => opening.mutate("tab")}
      />
      <div className={`term-panes of-${shown.length}`}>
        {shown.map((each) => (
          <Pane
            key={each.id}
            living={livingTerminal(api, each)}
            name={sessionName(each, sessions)}
            preferences={preferences}
            active={each.id === active.id}
            activate={() => setFocused(each.id)}
            chosen={each.id === active.id ? explained?.id : undefined}
            choose={(command) => {
              setFocused(each.id);
              choose(command, livingTerminal(api, each));
            }}
            finding={finding === each.id}
            find={(open) => setFinding(open ? each.id : undefined)}
            split={shown.length < maxPanes ? split : undefined}
            openAnother={() => opening.mutate("tab")}
            askRaw={() => {
              setFocused(each.id);
              setAskingRaw(true);
            }}
          />
        ))}
      </div>
      {askingRaw ? (
        <RawDialog
          target={active.target}
          reason={active.reason}
          opened={(opened) => void openedRaw(opened)}
          close={() => {
            setAskingRaw(false);
            living.focus();
          }}
        />
      ) : null}
      {closing === undefined ? null : (
        <CloseDialog
          command={closing.command}
          end={() => void close(closing.session)}
          close={() => {
            setClosing(undefined);
            living.focus();
          }}
        />
      )}
    </Page>
  );
}

async function copy(text: string): Promise<void> {
  if (text !== "") await navigator.clipboard.writeText(text);
}
