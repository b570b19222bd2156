import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import { screenSize, type HostSocket } from "./ssh-socket.ts";

/** A shell in a terminal, in front of which one types and reads. */
export type Desk = {
  type(keys: string): void;
  /** Resolves as soon as what is printed from now on holds this. */
  reads(text: string): Promise<void>;
  /** Types a line that is not entered yet. */
  prepare(line: string): Promise<void>;
};

/** bash and zsh ask for marked pastes whenever a prompt stands there. */
export const prompt = "\u001b[?2004h";
/** Until a terminal has come to rest: longer than the gate holds back what may be the beginning of a value. */
const restMs = 60;

function createDesk(write: (keys: string) => void) {
  let printed = "";
  let waiting: { text: string; resolve: () => void } | undefined;
  const reads = (text: string) =>
    new Promise<void>((resolve) => {
      printed = "";
      waiting = { text, resolve };
    });
  const desk: Desk = {
    type: write,
    reads,
    async prepare(line) {
      await sleep(restMs);
      write(line);
      await sleep(restMs);
    },
  };
  const print = (text: string) => {
    if (waiting === undefined) return;
    printed += text;
    if (!printed.includes(waiting.text)) return;
    waiting.resolve();
    waiting = undefined;
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
