import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { MaskedField } from "../../shared/nouns/command.ts";
import type { Permit } from "../approval/permit.ts";
import type { ScreenEvent } from "./screen.ts";
import type { ShellContext } from "./understand-shell.ts";

/** What a line may do: `final` runs in its place where scripts were read into it. */
export type Released = { permit: Permit; sha256: string; final: string };

/** A line that stands in a terminal and waits to be let go. */
export type TypedLine = {
  /** The shell that it stands in. */
  readonly context: ShellContext;
  readonly text: string;
  /**
   * Lets it go to the shell; the events end with it, behind what it printed. Throws `session_closed` where the terminal
   * is gone.
   */
  run(what: Released, signal: AbortSignal): Promise<AsyncIterable<ScreenEvent>>;
  /** What was masked on its terminal's screen since this was last asked: whatever is masked there is told of once. */
  masked(): MaskedField[];
};

/** Lines that stand in terminals of this process, by session and command. */
export type Terminals = {
  line(session: SessionId, command: CommandId): TypedLine | undefined;
  /** Until the function that it gives is called. */
  put(session: SessionId, command: CommandId, line: TypedLine): () => void;
};

export function createTerminals(): Terminals {
  const lines = new Map<string, TypedLine>();
  const key = (session: SessionId, command: CommandId) => `${session} ${command}`;
  return {
    line: (session, command) => lines.get(key(session, command)),
    put(session, command, line) {
      lines.set(key(session, command), line);
      return () => void lines.delete(key(session, command));
    },
  };
}
