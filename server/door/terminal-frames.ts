import type { ClientFrame, ServerFrame } from "../../shared/contract/frames.ts";
import type { SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Gate } from "../gate/gate.ts";
import type { Terminal } from "../gate/stream.ts";
import { toRefusal } from "./problems.ts";

type TerminalFrame = Extract<ClientFrame, { type: "terminal" | "keys" | "resize" }>;

export const isTerminalFrame = (frame: ClientFrame): frame is TerminalFrame =>
  frame.type === "terminal" || frame.type === "keys" || frame.type === "resize";

/** Leads one socket's frames to its session's terminal. Keys that come before the terminal is there are dropped. */
export function createTerminalFrames(
  gate: Pick<Gate, "terminal">,
  session: SessionId,
  send: (frame: ServerFrame) => Promise<void>,
): (frame: TerminalFrame, actor: Actor) => Promise<void> {
  let terminal: Terminal | undefined;

  async function open(size: { columns: number; rows: number }, raw: boolean, actor: Actor): Promise<void> {
    try {
      const opened = await gate.terminal(session, actor, size, raw);
      await opened.snapshot((drawn) => {
        // The frame lets its reader type: keys may come before it has been seen off.
        terminal = opened;
        const { mode, openedAt, size: own } = opened;
        return send({ type: "terminal", mode, openedAt, ...own, ...drawn });
      });
      if (opened.size.columns !== size.columns || opened.size.rows !== size.rows) await opened.resize(size);
    } catch (error) {
      const problem = JSON.parse(JSON.stringify(toRefusal(error).toProblem()));
      await send({ type: "refused", problem });
    }
  }

  return async (frame, actor) => {
    if (frame.type === "terminal")
      return open({ columns: frame.columns, rows: frame.rows }, frame.raw ?? false, actor);
    if (frame.type === "keys") return terminal?.keys(frame.text, actor);
    return terminal?.resize({ columns: frame.columns, rows: frame.rows });
  };
}
