import type { ServerChannel, Session } from "ssh2";
import { interact } from "./line-loop.ts";
import { MachineError, type Machine, type Ran, type ShellState } from "./machine.ts";

/** Standard input of one command. */
const MAX_STDIN_BYTES = 1024 * 1024;
/** A client that neither writes nor ends its input is waited for so long, in milliseconds. */
const QUIET_MS = 250;

/**
 * Where a connection's shell stands: its directory and its variables pass from each command to the next, so that a
 * line editor that runs each line by an `exec` of its own finds `cd` and `export` kept, as in one shell.
 */
export type Shell = { state: ShellState | undefined };

/** Commands and shells of one session channel. Nothing else is accepted: no X11, no agent, no environment. */
export function serveSession(session: Session, machine: Machine, shell: Shell): void {
  const stop = new AbortController();
  let hasTerminal = false;
  session.on("pty", (accept) => {
    hasTerminal = true;
    accept();
  });
  session.on("window-change", (accept) => accept?.());
  // ssh2 1.17.0 hears no signal after the end of input, which comes early: it takes the session for one that ends.
  session.on("end", () => Reflect.set(session, "_ending", false));
  session.on("signal", (accept) => {
    accept?.();
    stop.abort();
  });
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept();
    channel.on("error", () => undefined);
    channel.on("close", () => stop.abort());
    if (hasTerminal) channel.on("data", (bytes: Buffer) => bytes.includes(CTRL_C) && stop.abort());
    const input = hasTerminal ? Promise.resolve(Buffer.alloc(0)) : inputOf(channel);
    void input
      .then((stdin) => runLine(machine, shell, command, stdin, stop.signal))
      .then(({ stdout, stderr, exitCode }) => {
        if (hasTerminal) {
          channel.write(forTerminal(stdout));
          channel.write(forTerminal(stderr));
        } else {
          channel.write(stdout);
          channel.stderr.write(stderr);
        }
        if (stop.signal.aborted) channel.exit("KILL");
        else channel.exit(exitCode);
        channel.end();
      });
  });
  session.on("shell", (accept) => {
    const channel = accept();
    channel.on("error", () => undefined);
    interact(channel, machine, shell);
  });
}

const CTRL_C = 3;

type Output = Pick<Ran, "stdout" | "stderr" | "exitCode">;

/** Runs a line where the connection's shell stands, and moves it on. What the machine says no to is stderr. */
export async function runLine(
  machine: Machine,
  shell: Shell,
  line: string,
  stdin: Uint8Array,
  signal: AbortSignal,
): Promise<Output> {
  try {
    const ran = await machine.run(line, stdin, shell.state, signal);
    shell.state = ran.state;
    return ran;
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    shell.state = undefined;
    return { stdout: Buffer.alloc(0), stderr: Buffer.from(`${error.message}\n`), exitCode: 255 };
  }
}

/** A terminal goes to the first column only where it is told to. */
export const forTerminal = (bytes: Uint8Array): Buffer =>
  Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll(/\r?\n/g, "\r\n"), "latin1");

function inputOf(channel: ServerChannel): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const done = () => {
      clearTimeout(quiet);
      channel.removeAllListeners("data");
      channel.resume();
      resolve(Buffer.concat(pieces).subarray(0, MAX_STDIN_BYTES));
    };
    const quiet = setTimeout(done, QUIET_MS);
    channel.on("data", (piece: Buffer) => {
      quiet.refresh();
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > MAX_STDIN_BYTES) done();
    });
    channel.on("end", done);
  });
}
