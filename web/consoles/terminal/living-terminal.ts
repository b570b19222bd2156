import type { IMarker } from "@xterm/xterm";
import type { Session } from "../../../shared/nouns/session.ts";
import type { RecordingEvent } from "../../../shared/recording/format.ts";
import { cancelCommand, listCommands, listCommandsBefore, readCommand } from "../../api/calls.ts";
import type { Client } from "../../api/client.ts";
import type { TerminalLink } from "../../api/terminal-link.ts";
import { createTerminalStream, type TerminalFrame, type TerminalSize } from "../../api/terminal-stream.ts";
import { createFrameStore } from "../frame-store.ts";
import {
  applyCommand,
  applyEvent,
  maxCommands,
  type TerminalCommand,
  type TerminalCommands,
} from "./commands.ts";
import { createLatencyMeter, type Latency } from "./latency.ts";
import { firstRow, shownMarks, type ShownMark } from "./marks.ts";
import type { Preferences } from "./preferences.ts";
import { asksRaw, takeRawWish } from "./raw.ts";
import { terminalTheme, type Scheme } from "./theme.ts";
import { deedOf } from "./workspace-keys.ts";
import { createXterm, type Xterm } from "./xterm.ts";

export type TerminalState = {
  link: TerminalLink;
  /** How lines are judged; undefined before the shell is there. */
  mode: TerminalFrame["mode"] | undefined;
  /** A terminal was asked for whose lines nobody judges. */
  raw: boolean;
  size: TerminalSize;
  commands: TerminalCommands;
  latency: Latency;
  /** When keys last went out, in milliseconds since the epoch. */
  usedAt: number;
  /** When a shell was last seen again after it was lost, likewise, and whether it is another one. */
  back: { at: number; another: boolean } | undefined;
  /** An address in the terminal that somebody wants to open. */
  asked: string | undefined;
};

/** What of a terminal can be seen now, for what is drawn beside it. Rows from 0, in the window; heights in pixels. */
export type TerminalView = {
  marks: readonly ShownMark[];
  /** Undefined while it is scrolled out of sight. */
  cursorRow: number | undefined;
  rowHeight: number;
};

/** A terminal that goes on while nobody looks at it: with its shell, its scrollback and its marks. */
export type LivingTerminal = {
  readonly session: Session;
  readonly xterm: Xterm;
  /** It stands on the page. */
  readonly shown: boolean;
  snapshot(): TerminalState;
  subscribe(listener: () => void): () => void;
  view(): TerminalView;
  /** Shows it in a place of the page until the returned function is called. */
  show(place: HTMLElement): () => void;
  /** As soon as it has been shown. */
  focus(): void;
  prefer(preferences: Preferences, scheme: Scheme): void;
  /** As if they had been typed. */
  keys(text: string): void;
  /** Pastes what was checked. */
  paste(text: string): void;
  /** Asks for a governed shell where none was opened. */
  retry(): void;
  askLink(address: string | undefined): void;
  /** Fetches a command with the votes on it, which the list of commands leaves out. */
  look(command: string): void;
  /** Disconnects, and forgets its screen. The shell lives as long as its session. */
  dispose(): void;
};

/** Of a session's commands: those of its files are among them. */
const maxPages = 10;
/** The window is dragged for a while; the shell is told once it rests. */
const resizeRestMs = 80;
/** Begins what a drawn screen has of the other screen, on which programs draw. */
const otherScreen = "\u001b[?1049h";
/**
 * Before a screen is drawn anew: the main screen, without the modes that a program had set meanwhile, empty. Lines
 * above it stay in the scrollback.
 */
const cleanScreen =
  "\u001b[?1049l\u001b[!p\u001b[?1;9;66;1000;1002;1003;1004;1006;2004l\u001b[?7;25h\u001b[H\u001b[2J";
/** The lines of a shell that is gone go up into the scrollback: they are not the next one's to clear. */
const scrolledOut = (lines: number, rows: number): string =>
  `\u001b[?1049l\u001b[!p\u001b[${rows};1H${"\n".repeat(lines)}`;
const outcomeWaitSeconds = 10;
const interrupt = "\u0003";

export function createLivingTerminal(api: Client, session: Session): LivingTerminal {
  const raw = takeRawWish(session);
  const store = createFrameStore<TerminalState>({
    link: { phase: "connecting" },
    mode: undefined,
    raw,
    size: { columns: 80, rows: 24 },
    commands: [],
    latency: {},
    usedAt: Date.parse(session.openedAt),
    back: undefined,
    asked: undefined,
  });
  const askLink = (asked: string | undefined) => store.set({ asked });
  const xterm = createXterm({ openLink: askLink });
  const { terminal, fit } = xterm;
  const host = document.createElement("div");
  host.className = "term-host";
  const meter = createLatencyMeter(() => performance.now());
  let marks: { command: string; marker: IMarker }[] = [];
  let stop: (() => void) | undefined;
  let openedAt: string | undefined;

  const refresh = async (id: string, ended = false) => {
    try {
      // The stream tells an outcome before it is in the ledger, and the answer is to name its entry.
      const command = await readCommand(api, id, { waitSeconds: ended ? outcomeWaitSeconds : 0 });
      if (command.kind === "shell") store.set({ commands: applyCommand(store.get().commands, command) });
    } catch {
      // The stream reconnects or ends on the same cause, and says so.
    }
  };
  /** What was entered before this page was loaded, or while it was not connected. */
  const restore = async () => {
    try {
      let page = await listCommands(api, session.id);
      for (let pages = 1; page.length > 0; pages++) {
        for (const command of page)
          if (command.kind === "shell") store.set({ commands: applyCommand(store.get().commands, command) });
        const oldest = page.at(-1);
        if (oldest === undefined || pages === maxPages || store.get().commands.length >= maxCommands) break;
        page = await listCommandsBefore(api, session.id, oldest.id);
      }
      const last = store.get().commands.at(-1);
      if (last?.decision?.effect !== "review") return;
      if (last.state === "held" && asksRaw(last)) store.set({ raw: true });
      await refresh(last.id);
    } catch {
      // Nothing is lost by it: the stream tells what goes on, and the recording has the rest.
    }
  };
  /** Keeps where a line was entered: so many rows from the cursor. */
  const keep = (command: string, fromCursor: number) => {
    marks = marks.filter(({ marker }) => !marker.isDisposed);
    marks.push({ command, marker: terminal.registerMarker(fromCursor) });
  };
  /** Marks the line at which the cursor stands once all that was printed before has been drawn. */
  const mark = (command: string) =>
    terminal.write("", () => {
      const buffer = terminal.buffer.active;
      if (buffer.type === "alternate") return;
      const at = buffer.baseY + buffer.cursorY;
      // The gate's own line editor goes to a new line before it asks, which may be shown a moment later.
      const end = store.get().mode === "line" && buffer.cursorX === 0 ? Math.max(0, at - 1) : at;
      keep(command, firstRow(end, (row) => buffer.getLine(row)?.isWrapped === true) - at);
    });
  const take = (event: RecordingEvent) => {
    if (event.type === "shell" && event.terminal && !asksRaw(event)) {
      meter.judged();
      mark(event.command);
    }
    const commands = applyEvent(store.get().commands, event, session.openedAt);
    store.set({ commands, latency: meter.latency });
    if (event.type === "held" || event.type === "vote" || event.type === "outcome")
      void refresh(event.command, event.type === "outcome");
  };
  const joined = (frame: TerminalFrame, taken: () => void) => {
    const another = openedAt !== undefined && openedAt !== frame.openedAt;
    openedAt = frame.openedAt;
    store.set({ mode: frame.mode });
    // Drawn as large as it is there, its rows are the same.
    terminal.resize(frame.columns, frame.rows);
    const { baseY, cursorY } = terminal.buffer.normal;
    if (another) terminal.write(scrolledOut(cursorY + 1, frame.rows));
    else for (const { marker } of marks) if (marker.line >= baseY) marker.dispose();
    const at = frame.screen.indexOf(otherScreen);
    const end = at < 0 ? frame.screen.length : at;
    terminal.write(cleanScreen + frame.screen.slice(0, end), () => {
      const cursor = terminal.buffer.normal.cursorY;
      for (const { command, row } of frame.marks) keep(command, row - cursor);
    });
    terminal.write(frame.screen.slice(end), () => {
      const { link: now } = store.get();
      if (now.phase === "live" && now.again) store.set({ back: { at: Date.now(), another } });
      refit();
      taken();
    });
  };
  const link = (next: TerminalLink) => {
    store.set({ link: next });
    if (next.phase === "opening") void restore();
  };
  const screen = (text: string, taken: () => void) => {
    meter.printed();
    terminal.write(text, taken);
  };
  const size = () => ({ columns: terminal.cols, rows: terminal.rows });
  const stream = createTerminalStream(api, session.id, { size, joined, screen, event: take, link }, { raw });
  /** There is no shell yet that would take a Ctrl-C. */
  const withdrawRaw = async (id: string) => {
    try {
      await cancelCommand(api, id);
    } catch {
      // Decided in the same moment: the stream says how.
    }
  };
  const keys = (text: string) => {
    const last = store.get().commands.at(-1);
    if (text === interrupt && last !== undefined && asksRaw(last) && waits(last, store.get()))
      return void withdrawRaw(last.id);
    if (!stream.keys(text)) return;
    meter.typed(text);
    store.set({ usedAt: Date.now(), latency: meter.latency });
  };
  const refit = () => {
    // What is not shown has no size, and what is lost keeps the size that its shell has.
    if (host.clientWidth === 0 || store.get().link.phase === "lost") return;
    fit.fit();
  };
  terminal.onData(keys);
  terminal.onResize(({ cols: columns, rows }) => {
    store.set({ size: { columns, rows } });
    stream.resize({ columns, rows });
  });
  terminal.attachCustomKeyEventHandler((event) => deedOf(event) === undefined);

  /** The first time it is shown: with its font, so that the shell begins at the size that is seen. */
  const begin = async () => {
    await document.fonts.load(`${terminal.options.fontSize}px "JetBrains Mono Variable"`);
    terminal.open(host);
    refit();
    stop ??= stream.start();
  };
  let begun: Promise<void> | undefined;

  return {
    session,
    xterm,
    get shown() {
      return host.isConnected;
    },
    snapshot: store.get,
    subscribe: store.subscribe,
    view: () => {
      const buffer = terminal.buffer.active;
      const rowHeight = (host.querySelector<HTMLElement>(".xterm-screen")?.offsetHeight ?? 0) / terminal.rows;
      const window = { top: buffer.viewportY, rows: terminal.rows };
      const cursorRow = buffer.baseY + buffer.cursorY - window.top;
      return {
        marks: buffer.type === "alternate" ? [] : shownMarks(marks, window),
        cursorRow: cursorRow < window.rows ? cursorRow : undefined,
        rowHeight,
      };
    },
    show: (place) => {
      place.append(host);
      begun ??= begin();
      void begun.then(refit);
      let rest: ReturnType<typeof setTimeout> | undefined;
      const watch = new ResizeObserver(() => {
        clearTimeout(rest);
        rest = setTimeout(refit, resizeRestMs);
      });
      watch.observe(place);
      return () => {
        clearTimeout(rest);
        watch.disconnect();
        host.remove();
      };
    },
    focus: () => void begun?.then(() => terminal.focus()),
    prefer: ({ fontSize, screenReader }, scheme) => {
      terminal.options = { fontSize, screenReaderMode: screenReader, theme: terminalTheme(scheme) };
      refit();
    },
    keys,
    paste: (text) => terminal.paste(text),
    retry: () => {
      store.set({ raw: false });
      stream.retry();
    },
    askLink,
    look: (command) => void refresh(command),
    dispose: () => {
      stop?.();
      terminal.dispose();
      host.remove();
    },
  };
}

/** Whether people are asked about it, as far as can be told now: about a line, or before there is a shell about it all. */
export const waits = (command: TerminalCommand, { link }: Pick<TerminalState, "link">): boolean =>
  command.state === "held" && link.phase === (asksRaw(command) ? "opening" : "live");

/** Takes back what waits, as Ctrl-C does. */
export const withdraw = (terminal: LivingTerminal): void => terminal.keys(interrupt);
