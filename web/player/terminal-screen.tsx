import "@xterm/xterm/css/xterm.css";
import { SerializeAddon } from "@xterm/addon-serialize";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { Terminal, type ITerminalOptions } from "@xterm/xterm";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { terminalContrast, terminalFont, terminalTheme } from "../ui/terminal-theme.ts";
import { createCheckpoints, createScreenView, type Readable, type ScreenTrack } from "./screen-track.ts";

/** Of JetBrains Mono: how wide a character is, of its size. */
const characterWidth = 0.6;
const largestFont = 13;
const smallestFont = 8;

/** A terminal's screen at one moment: drawn by the terminal that its actor had, read-only. `position` in milliseconds. */
export default function TerminalScreen({
  track,
  position,
  label,
}: {
  track: ScreenTrack;
  position: number;
  label: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Screen>();
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  useEffect(() => {
    if (place.current === null) return;
    const made = showOn(place.current, track);
    setScreen(made);
    return () => made.dispose();
  }, [track]);
  useEffect(() => screen?.call(label), [screen, label]);
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the colours are the page's, which the scheme changes
  useEffect(() => screen?.paint(), [screen, scheme]);
  const { length } = track;
  useEffect(() => screen?.grown(length), [screen, length]);
  const step = track.until(position);
  useEffect(() => screen?.show(step), [screen, step]);
  return <div className="screen" ref={place} />;
}

type Screen = ReturnType<typeof showOn>;

/** A terminal in its place, and one without a place that goes ahead and leaves checkpoints. */
function showOn(place: HTMLElement, track: ScreenTrack) {
  const terminal = createTerminal({
    disableStdin: true,
    cursorInactiveStyle: "outline",
    fontFamily: terminalFont,
    fontSize: largestFont,
    lineHeight: 1.1,
    minimumContrastRatio: terminalContrast,
    screenReaderMode: true,
    theme: terminalTheme(),
  });
  terminal.open(place);
  // It takes no keys: those that are pressed are the player's.
  if (terminal.textarea) terminal.textarea.tabIndex = -1;
  terminal.textarea?.addEventListener("focus", () => terminal.textarea?.blur());
  // What is replayed is read where somebody looks for it, not called out as it comes.
  terminal.element?.querySelector("[aria-live]")?.setAttribute("aria-live", "off");
  let width = 0;
  const fit = () => {
    const fitting = width / terminal.cols / characterWidth;
    terminal.options.fontSize = Math.max(smallestFont, Math.min(largestFont, Math.floor(fitting * 4) / 4));
  };
  const watch = new ResizeObserver(([entry]) => {
    width = entry?.contentRect.width ?? width;
    fit();
  });
  watch.observe(place);
  terminal.onResize(fit);
  const view = createScreenView(track, emulatorOf(terminal));
  const ahead = createTerminal({});
  const checkpoints = createCheckpoints(track, emulatorOf(ahead));
  return {
    call: (label: string) => terminal.textarea?.setAttribute("aria-label", label),
    /** In the colours of the scheme that is on. */
    paint: () => void (terminal.options.theme = terminalTheme()),
    show: view.show,
    grown: checkpoints.grown,
    dispose() {
      watch.disconnect();
      view.stop();
      checkpoints.stop();
      terminal.dispose();
      ahead.dispose();
    },
  };
}

function createTerminal(options: ITerminalOptions): Terminal {
  const terminal = new Terminal({ allowProposedApi: true, scrollback: 0, ...options });
  terminal.loadAddon(new UnicodeGraphemesAddon());
  return terminal;
}

function emulatorOf(terminal: Terminal): Readable {
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  return {
    write: (text, done) => terminal.write(text, done),
    resize: (columns, rows) => terminal.resize(columns, rows),
    reset: () => terminal.reset(),
    read: () => ({ columns: terminal.cols, rows: terminal.rows, screen: serializer.serialize() }),
  };
}
