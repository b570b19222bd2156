import { createLineEditor } from "./line-editor.ts";
import { maxAheadBytes } from "./keys.ts";
import type { GovernedShell, ShellEvents, ShellState } from "./seam.ts";
import { fit, printable, wrap } from "./width.ts";

/** How a line shell's command runs: all that it prints goes to `output`; resolves with its status. */
export type RunLine = (input: {
  id: number;
  line: string;
  output(bytes: Uint8Array): void;
  /** Aborted by Ctrl-C, and when the shell is closed. */
  signal: AbortSignal;
}) => Promise<number>;

/**
 * A shell for hosts whose own cannot ask: the gate owns the editor, and each line is a command of its own. Nothing but
 * allowed lines ever reaches the host, so there is no hook to remove. What the host cannot do in one line does not
 * work: programs that read keys, completion, and, where `run` keeps nothing between lines, `cd` and variables.
 */
export function createLineShell(
  options: { prompt: string; columns: number; run: RunLine },
  events: ShellEvents,
): GovernedShell {
  let columns = options.columns;
  const editor = createLineEditor({ prompt: options.prompt, columns: () => columns });
  const decoder = new TextDecoder();
  let ahead = "";
  let state: ShellState = "prompt";
  let id = 0;
  let noticed = false;
  let running: AbortController | undefined;

  const isClosed = (): boolean => state === "closed";
  const show = (text: string): void => {
    if (text !== "" && !isClosed()) events.output(Buffer.from(text, "utf8"));
  };
  const clearNotice = (): void => {
    if (noticed) show("\r\u001b[2K");
    noticed = false;
  };
  const close = (): void => {
    if (isClosed()) return;
    const waited = state === "held";
    state = "closed";
    running?.abort();
    if (waited) events.withdrawn(id);
  };
  const prompt = (): void => {
    if (isClosed()) return;
    state = "prompt";
    show(editor.begin());
    events.prompt();
    pump();
  };
  /** The line stays on the screen with words under it, and a new prompt follows. */
  const refuse = (words: string): void => {
    clearNotice();
    if (words !== "") show(`${wrap(printable(words), columns).join("\r\n")}\r\n`);
    ahead = "";
    prompt();
  };
  const pump = (): void => {
    while (state === "prompt" && ahead !== "") {
      const { screen, signal, rest } = editor.feed(ahead);
      const isPartOfKey = signal === undefined;
      ahead = rest;
      show(screen);
      if (signal === "enter") ask();
      else if (signal === "interrupt") {
        show(`${editor.leave()}^C\r\n`);
        prompt();
      } else if (signal === "end") {
        show(editor.leave());
        close();
      }
      if (isPartOfKey) return;
    }
  };
  const ask = (): void => {
    state = "held";
    id += 1;
    show(editor.leave());
    events.asked({ id, text: editor.text, kind: "line", told: { directory: "", words: [] } });
  };
  const run = async (line: string): Promise<void> => {
    const mine = id;
    const controller = new AbortController();
    running = controller;
    state = "running";
    events.started(mine);
    const status = await options.run({
      id: mine,
      line,
      output: (bytes) => {
        if (!isClosed()) events.output(bytes);
      },
      signal: controller.signal,
    });
    running = undefined;
    events.ended(mine, status);
    prompt();
  };

  show(editor.begin());
  events.prompt();

  return {
    ready: Promise.resolve(),
    input(bytes) {
      if (isClosed()) return true;
      const keys = decoder.decode(bytes, { stream: true });
      if (state !== "prompt" && keys.includes("\u0003")) {
        ahead = "";
        if (state === "running") running?.abort();
        else {
          events.withdrawn(id);
          refuse("^C");
        }
        return true;
      }
      if (ahead.length + keys.length > maxAheadBytes) {
        ahead = "";
        show("\u0007");
        return true;
      }
      ahead += keys;
      pump();
      return true;
    },
    answer(of, verdict) {
      if (state !== "held" || of !== id) return;
      if (verdict.kind === "need")
        return events.told({
          id,
          directory: "",
          words: verdict.names.map((name) => ({ name, alias: "", function: "", path: "" })),
        });
      clearNotice();
      editor.remember(editor.text);
      switch (verdict.kind) {
        case "allow":
          if (editor.text.trim() === "") {
            events.ended(id, 0);
            return prompt();
          }
          void run(editor.text).catch((error: unknown) => {
            running = undefined;
            if (isClosed()) return;
            close();
            events.incident(error instanceof Error ? error.message : "The command could not be run.");
          });
          return undefined;
        case "incomplete":
          state = "prompt";
          show(editor.goOn());
          return pump();
        case "deny":
          return refuse(verdict.message);
        case "cancelled":
          return refuse("Withdrawn.");
        case "instead":
          return refuse("Not run: scripts cannot be run from what was read on this host.");
      }
    },
    notice(text) {
      if (state !== "held") return;
      show(`\r\u001b[2K\u001b[2m${fit(printable(text), columns - 1)}\u001b[22m`);
      noticed = true;
    },
    resize(width) {
      columns = width;
    },
    get state() {
      return state;
    },
    /** Keys go to no program here. */
    secret: false,
    close,
  };
}
