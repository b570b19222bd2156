import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import type { Gateway } from "./gateway.ts";
import { screenSize, watchLive, type HostSocket } from "./ssh-socket.ts";

/** A shell in a terminal, in front of which one types and reads. */
export type Desk = {
  type(keys: string): void;
  /** What was read so far counts for nothing. */
  forget(): void;
  /** Resolves once this is printed, behind what was read before and after what was typed last. */
  reads(text: string): Promise<void>;
  /** Types a line that is not entered yet. */
  prepare(line: string): Promise<void>;
};

/** bash and zsh ask for marked pastes whenever a prompt stands there. */
export const prompt = "\u001b[?2004h";
/** Until a terminal has come to rest: longer than the gate holds back what may be the beginning of a value. */
const restMs = 60;
/** Characters that wait to be read. */
const mostPrinted = 16 * 1024;

function createDesk(write: (keys: string) => void) {
  let printed = "";
  let waiting: { text: string; resolve: () => void } | undefined;
  const look = () => {
    const at = waiting === undefined ? -1 : printed.indexOf(waiting.text);
    if (waiting === undefined || at < 0) return;
    printed = printed.slice(at + waiting.text.length);
    waiting.resolve();
    waiting = undefined;
  };
  const desk: Desk = {
    type(keys) {
      desk.forget();
      write(keys);
    },
    forget: () => void (printed = ""),
    reads: (text) =>
      new Promise((resolve) => {
        waiting = { text, resolve };
        look();
      }),
    async prepare(line) {
      await sleep(restMs);
      desk.type(line);
      await sleep(restMs);
    },
  };
  const print = (text: string) => {
    printed = (printed + text).slice(-mostPrinted);
    look();
  };
  return { desk, print };
}

/** A login shell at the host itself. */
export async function deskAt(client: Client): Promise<Desk> {
  const window = { term: "xterm-256color", cols: screenSize.columns, rows: screenSize.rows };
  const channel = await new Promise<ClientChannel>((resolve, reject) =>
    client.shell(window, (error, opened) => (error ? reject(error) : resolve(opened))),
  );
  const { desk, print } = createDesk((keys) => channel.write(keys));
  channel.setEncoding("utf8");
  channel.on("data", print);
  await desk.reads(prompt);
  return desk;
}

/** A session's terminal as somebody sees it who watches it live. Gives also what ends the watch. */
export async function deskWatching(gateway: Gateway, token: string, session: string) {
  const { desk, print } = createDesk(() => {});
  const leave = await watchLive(gateway, token, session, (event) => {
    if (event.type === "screen") print(event.text);
  });
  return { desk, leave };
}

/** The session's terminal. `watch` sees each of its events. */
export async function deskThrough(socket: HostSocket, watch: (event: RecordingEvent) => void): Promise<Desk> {
  const { desk, print } = createDesk(socket.keys);
  socket.onEvent((event) => {
    watch(event);
    if (event.type === "screen") print(event.text);
  });
  await socket.terminal();
  return desk;
}
