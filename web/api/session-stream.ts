import type { ServerFrame } from "../../shared/contract/frames.ts";
import type { SqlCommandInput } from "../../shared/nouns/command.ts";
import type { Client } from "./client.ts";
import type { UserError } from "./errors.ts";
import type { Live } from "./events.ts";
import { createSessionSocket } from "./session-socket.ts";

export type SessionStream = {
  /**
   * Sends a command; until it is accepted or refused it is sent again after a reconnect, under the same key. False where
   * it waits for the connection.
   */
  run(key: string, input: SqlCommandInput): boolean;
  /** Takes back what waits for the connection. */
  drop(key: string): void;
  cancel(command: string): void;
  /** Connects until the returned function is called. */
  start(): () => void;
};

type Handlers = {
  frame: (frame: ServerFrame) => void;
  state: (state: Live) => void;
  /** It cannot be connected again: why the session is over (`closed`, `expired`, `killed`...), or what refuses it. */
  ended: (because: string | UserError) => void;
};

/** Commands of one session, and what becomes of them. */
export function createSessionStream(api: Client, session: string, handlers: Handlers): SessionStream {
  const unaccepted = new Map<string, SqlCommandInput>();
  const { send, start } = createSessionSocket(api, session, {
    frame: (frame, taken) => {
      if ((frame.type === "accepted" || frame.type === "refused") && frame.key !== undefined)
        unaccepted.delete(frame.key);
      handlers.frame(frame);
      taken();
    },
    state: (state) => {
      handlers.state(state);
      if (state !== "live") return;
      for (const [key, input] of unaccepted) send({ type: "run", key, input });
    },
    ended: handlers.ended,
  });
  return {
    run: (key, input) => {
      unaccepted.set(key, input);
      return send({ type: "run", key, input });
    },
    drop: (key) => void unaccepted.delete(key),
    cancel: (command) => void send({ type: "cancel", command }),
    start,
  };
}
