import { Refusal } from "../../shared/contract/errors.ts";
import { createLineShell } from "../protocols/ssh/shell/line-shell.ts";
import type { StartedShell, Starting, StartEvents } from "./stream-shell.ts";
import type { Released } from "./terminals.ts";

/** Of one line's output; what comes after is dropped. */
const maxOutputBytes = 64 * 1024 * 1024;
const maxLineMs = 3_600_000;

/** A line editor of the gate's: each line that is let go is an exec of its own, and prints into the terminal. */
export function startLineShell(
  { host, prompt, size, signal }: Pick<Starting, "host" | "prompt" | "size" | "signal">,
  events: StartEvents,
): StartedShell {
  let released: Released | undefined;
  let failure: Refusal | undefined;
  let flowing = Promise.resolve();
  let flow = () => {};
  let close = (_because: string) => {};
  const closed = new Promise<string>((resolve) => (close = resolve));
  void host.closed.then(() => close("lost"));

  const shell = createLineShell(
    {
      prompt,
      columns: size.columns,
      async run({ output, signal: interrupted }) {
        const what = released;
        released = undefined;
        if (what === undefined) throw new TypeError("a line that was let go has its permit");
        const { permit, sha256, final: command } = what;
        const { timeoutMs } = permit.binding.obligations;
        const executable = {
          command,
          stdin: "",
          timeoutMs: Math.min(timeoutMs, maxLineMs),
          maxBytes: maxOutputBytes,
          sha256,
        };
        let status = 0;
        try {
          for await (const chunk of host.exec(permit, executable, AbortSignal.any([signal, interrupted]))) {
            if (chunk.type === "exit") status = chunk.code ?? 128;
            else output(withReturns(chunk.bytes));
            await flowing;
          }
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          failure = error;
          output(Buffer.from(`${error.message}\r\n`, "utf8"));
        }
        return status;
      },
    },
    {
      ...events,
      told: (told) => events.told(told),
      started: () => {},
      prompt: () => {},
      ended(id, status) {
        if (failure === undefined) events.ended(id, status);
        else events.failed(id, failure);
        failure = undefined;
      },
      incident(why) {
        events.incident(why);
        close("incident");
      },
    },
  );
  return {
    mode: "line",
    dialect: "sh",
    take: (what) => void (released = what),
    input(bytes) {
      const taken = shell.input(bytes);
      if (shell.state === "closed") close("closed");
      return taken;
    },
    drained: async () => {},
    answer: shell.answer,
    notice: shell.notice,
    resize: shell.resize,
    pause() {
      flowing = new Promise((resolve) => (flow = resolve));
    },
    resume: () => flow(),
    closed,
    close() {
      shell.close();
      close("closed");
    },
  };
}

/** A terminal moves to the line's beginning at a return alone, which a program without one does not print. */
function withReturns(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes)
      .toString("latin1")
      .replaceAll(/(?<!\r)\n/g, "\r\n"),
    "latin1",
  );
}
