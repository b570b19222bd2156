import type { Parameter, ResultColumn } from "../../../shared/nouns/command.ts";
import type { Session } from "../../../shared/nouns/session.ts";
import { cancelCommand, listCommands, readCommand, readResult } from "../../api/calls.ts";
import type { Client } from "../../api/client.ts";
import { fromProblem, type UserError } from "../../api/errors.ts";
import type { Live } from "../../api/events.ts";
import { createSessionStream } from "../../api/session-stream.ts";
import type { ServerFrame } from "../../../shared/contract/frames.ts";
import { createFrameStore } from "../frame-store.ts";
import { sessionEnd, type SessionEnd } from "../session-end.ts";
import { createChunkStore } from "./chunk-store.ts";
import {
  accept,
  applyCommand,
  applyEvent,
  applyResult,
  changeRun,
  isFinal,
  newRun,
  type Run,
  type Runs,
} from "./runs.ts";

export type WorkspaceState = {
  runs: Runs;
  live: Live;
  /** The session has ended: nothing more can run in it. */
  ended?: SessionEnd;
};

/** The commands of one session: what was asked, how each stands, what came back. */
export type Workspace = {
  snapshot(): WorkspaceState;
  subscribe(listener: () => void): () => void;
  run(sql: string, parameters: readonly Parameter[], maxRows: number): Run;
  /** Stops what runs at the target, and takes back what has not left this page. */
  cancel(run: Run): void;
  /** Takes a held command back. */
  withdraw(run: Run): Promise<void>;
  /** Fetches a command as it stands: for those whose change happened while nobody listened. */
  refresh(command: string): Promise<void>;
  /** Brings the rows of a run from before a reload. Throws UserError. */
  fetchRows(run: Run): Promise<void>;
  start(): () => void;
};

export function createWorkspace(api: Client, session: Session): Workspace {
  const { get, set, subscribe } = createFrameStore<WorkspaceState>({ runs: [], live: "connecting" });
  /** Cancelled before the gateway said under which name it has them. */
  const unwanted = new Set<string>();
  const change = (which: (run: Run) => boolean, how: (run: Run) => Run) =>
    set({ runs: changeRun(get().runs, which, how) });
  const take = (frame: ServerFrame) => {
    switch (frame.type) {
      case "accepted":
        if (unwanted.delete(frame.key)) stream.cancel(frame.command);
        return set({ runs: accept(get().runs, frame.key, frame.command) });
      case "command":
        return set({ runs: applyCommand(get().runs, frame.command) });
      case "refused":
        return frame.key === undefined ? undefined : refuse(frame.key, fromProblem(frame.problem, 0));
      case "event":
        if (frame.event.type === "closed") return set({ ended: sessionEnd(frame.event.because) });
        set({ runs: applyEvent(get().runs, frame.event, session.openedAt) });
        // Who must approve, and who has, stands in the command.
        if (frame.event.type === "held" || frame.event.type === "vote") void refresh(frame.event.command);
        return undefined;
    }
  };
  const refuse = (key: string, error: UserError) =>
    change(
      (run) => run.key === key && !isFinal(run.state),
      (run) => ({
        ...run,
        state: error.code === "blocked" || error.code === "masking_refused" ? "blocked" : "failed",
        refusal: { code: error.code, message: error.message, hint: error.hint },
      }),
    );
  const stream = createSessionStream(api, session.id, {
    frame: take,
    state: (live) => {
      set({ live });
      if (live !== "live") return;
      change(
        ({ state }) => state === "unsent",
        (run) => ({ ...run, state: "sending" }),
      );
      for (const run of get().runs)
        if (run.command !== undefined && !isFinal(run.state)) void refresh(run.command);
    },
    ended: (because) => set({ live: "lost", ended: sessionEnd(because) }),
  });
  const refresh = async (command: string) => {
    try {
      set({ runs: applyCommand(get().runs, await readCommand(api, command)) });
    } catch {
      // The stream reconnects or ends on the same cause, and says so.
    }
  };
  /** What was asked before this page was loaded. */
  const restore = async () => {
    try {
      const commands = await listCommands(api, session.id);
      set({ runs: commands.toReversed().reduce(applyCommand, get().runs) });
    } catch {
      // Nothing is lost by it: the stream tells what goes on, and the recording has the rest.
    }
  };
  const fetchRows = async (run: Run) => {
    const { command } = run;
    if (command === undefined) return;
    for (const [statement, { columns, tag, rowCount, truncated }] of answers(run)) {
      if (columns.length === 0) continue;
      const store = createChunkStore(columns);
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await readResult(api, command, statement, cursor);
        store.append(page.rows);
        cursor = page.cursor;
      }
      set({ runs: applyResult(get().runs, command, { statement, store, tag, rowCount, truncated }) });
    }
  };
  return {
    snapshot: get,
    subscribe,
    run: (sql, parameters, maxRows) => {
      const asked = newRun(get().runs, crypto.randomUUID(), sql, parameters, new Date().toISOString());
      const sent = stream.run(asked.key, { sql, parameters: [...parameters], maxRows });
      const run: Run = sent ? asked : { ...asked, state: "unsent" };
      set({ runs: [...get().runs, run] });
      return run;
    },
    cancel: (run) => {
      if (run.command !== undefined) return stream.cancel(run.command);
      if (run.state !== "unsent") return void unwanted.add(run.key);
      stream.drop(run.key);
      change(
        ({ key }) => key === run.key,
        (dropped) => ({ ...dropped, state: "cancelled" }),
      );
    },
    withdraw: async (run) => {
      if (run.command === undefined) return;
      await cancelCommand(api, run.command);
      await refresh(run.command);
    },
    refresh,
    fetchRows,
    start: () => {
      void restore();
      return stream.start();
    },
  };
}

/** Statements with what the command says that they gave. */
function answers(
  run: Run,
): [number, { columns: ResultColumn[]; tag: string; rowCount: number; truncated: boolean }][] {
  return (run.answered ?? []).map(({ columns, command: tag, rowCount, truncated }, statement) => [
    statement,
    { columns, tag, rowCount, truncated },
  ]);
}
