import type { ServerFrame } from "../../shared/contract/frames.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import type { Client } from "./client.ts";
import { fromProblem } from "./errors.ts";
import { createSessionSocket } from "./session-socket.ts";
import { linkAfter, type LinkEvent, type TerminalLink } from "./terminal-link.ts";

export type TerminalFrame = Extract<ServerFrame, { type: "terminal" }>;
/** In characters. */
export type TerminalSize = { columns: number; rows: number };

export type TerminalStream = {
  /** Keys as they were typed. False where they were not sent: the shell cannot be seen now. */
  keys(text: string): boolean;
  resize(size: TerminalSize): void;
  /** Asks for a governed shell where none was opened. */
  retry(): void;
  /** Connects until the returned function is called. */
  start(): () => void;
};

type Handlers = {
  size: () => TerminalSize;
  /** What the shell has on its screen, as text that draws it. */
  joined: (terminal: TerminalFrame, taken: () => void) => void;
  /** What it prints from then on; `taken` once it was drawn. */
  screen: (text: string, taken: () => void) => void;
  /** All else that is recorded of the session. */
  event: (event: RecordingEvent) => void;
  link: (link: TerminalLink) => void;
};

/** Characters of one frame of keys; the gateway takes no more than 64 Ki. */
const keysLength = 16 * 1024;

/**
 * The session's living shell: opened at the first connection, joined again at each later one. `raw`: the first time it
 * asks for one that is recorded, and not judged line by line.
 */
export function createTerminalStream(
  api: Client,
  session: string,
  handlers: Handlers,
  { raw }: { raw: boolean },
): TerminalStream {
  let link: TerminalLink = { phase: "connecting" };
  let asRaw = raw;
  const become = (event: LinkEvent) => {
    const next = linkAfter(link, event);
    if (next === link) return;
    link = next;
    handlers.link(next);
  };
  const take = (frame: ServerFrame, taken: () => void) => {
    switch (frame.type) {
      case "terminal":
        handlers.joined(frame, taken);
        return become({ type: "joined" });
      case "refused":
        if (frame.key === undefined) become({ type: "refused", error: fromProblem(frame.problem, 0) });
        return taken();
      case "event":
        if (frame.event.type !== "screen") {
          handlers.event(frame.event);
          return taken();
        }
        // What came before the screen was drawn stands on it.
        if (link.phase === "live") return handlers.screen(frame.event.text, taken);
        return taken();
      default:
        return taken();
    }
  };
  const socket = createSessionSocket(api, session, {
    frame: take,
    state: (state) => {
      if (state === "lost") return become({ type: "lost" });
      if (state !== "live") return;
      become({ type: "connected" });
      open();
    },
    ended: (because) => become({ type: "ended", because }),
  });
  const open = () => {
    socket.send({ type: "terminal", ...handlers.size(), ...(asRaw && { raw: true }) });
    asRaw = false;
  };
  return {
    keys(text) {
      if (link.phase !== "live") return false;
      for (const piece of pieces(text, keysLength)) socket.send({ type: "keys", text: piece });
      return true;
    },
    resize: (size) => {
      if (link.phase === "live") socket.send({ type: "resize", ...size });
    },
    retry: () => {
      become({ type: "retry" });
      open();
    },
    start: socket.start,
  };
}

/** The text in pieces of at most `length` code units, no character cut in two. */
export function pieces(text: string, length: number): string[] {
  const cut: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + length;
    const inside = end < text.length && /[\uD800-\uDBFF]/u.test(text.charAt(end - 1));
    cut.push(text.slice(at, inside ? end - 1 : end));
    at = inside ? end - 1 : end;
  }
  return cut;
}
