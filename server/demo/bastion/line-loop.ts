import type { ServerChannel } from "ssh2";
import { HOME, HOST, USER } from "./house.ts";
import type { Machine } from "./machine.ts";
import { forTerminal, runLine, type Shell } from "./session.ts";

/** A line, and what is typed ahead while one runs. */
const MAX_TYPED = 4096;
const FAREWELL = "logout\r\n";

/**
 * A shell for people: a prompt, an echo, Backspace, Ctrl-C, Ctrl-D and Ctrl-U, and each line run where the one before
 * ended. No history and no completion: it is for a raw terminal in the demo.
 */
export function interact(channel: ServerChannel, machine: Machine, shell: Shell): void {
  const decoder = new TextDecoder();
  let line = "";
  let ahead = "";
  let running: AbortController | undefined;

  const prompt = () => {
    const cwd = shell.state?.cwd ?? HOME;
    const shown = cwd === HOME ? "~" : cwd.startsWith(`${HOME}/`) ? `~${cwd.slice(HOME.length)}` : cwd;
    channel.write(`${USER}@${HOST}:${shown}$ `);
  };
  const leave = () => {
    channel.write(FAREWELL);
    channel.exit(0);
    channel.end();
  };
  const run = (text: string): void => {
    running = new AbortController();
    void runLine(machine, shell, text, Buffer.alloc(0), running.signal).then(({ stdout, stderr }) => {
      running = undefined;
      channel.write(forTerminal(stdout));
      channel.write(forTerminal(stderr));
      prompt();
      const typed = ahead;
      ahead = "";
      type(typed);
    });
  };
  /** One key; false where it ends the shell. */
  const press = (key: string): boolean => {
    if (key === "\r" || key === "\n") {
      const text = line.trim();
      line = "";
      channel.write("\r\n");
      if (text === "exit" || text === "logout") return false;
      if (text === "") prompt();
      else run(text);
    } else if (key === CTRL_C) {
      line = "";
      channel.write("^C\r\n");
      prompt();
    } else if (key === CTRL_D) return line !== "";
    else if (key === CTRL_U) {
      channel.write("\b \b".repeat([...line].length));
      line = "";
    } else if (key === BACKSPACE || key === "\b") {
      if (line !== "") channel.write("\b \b");
      line = [...line].slice(0, -1).join("");
    } else if (/^\P{C}$/u.test(key) && line.length < MAX_TYPED) {
      line += key;
      channel.write(key);
    }
    return true;
  };
  const type = (text: string): void => {
    // Arrow keys and kin, which mean nothing here.
    const keys = [...text.replaceAll(ESCAPES, "")];
    for (const [index, key] of keys.entries()) {
      if (running !== undefined) {
        if (key === CTRL_C) {
          ahead = "";
          running.abort();
        } else if (ahead.length < MAX_TYPED) ahead += keys.slice(index, index + 1).join("");
      } else if (!press(key)) return leave();
    }
  };

  channel.on("data", (bytes: Buffer) => type(decoder.decode(bytes, { stream: true })));
  channel.on("close", () => running?.abort());
  prompt();
}

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const CTRL_U = "\u0015";
const BACKSPACE = "\u007f";
// oxlint-disable-next-line no-control-regex -- terminals send escapes
const ESCAPES = /\u001b(\[[0-9;]*[ -/]*[@-~]|O.|.)?/g;
