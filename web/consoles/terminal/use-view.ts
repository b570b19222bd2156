import { useEffect, useState } from "react";
import type { LivingTerminal, TerminalView } from "./living-terminal.ts";

const nothing: TerminalView = { marks: [], cursorRow: 0, rowHeight: 0 };

/** What of a terminal can be seen, looked at again whenever it has been drawn. */
export function useView(living: LivingTerminal): TerminalView {
  const [view, setView] = useState(nothing);
  useEffect(() => {
    const look = () => setView((before) => (same(before, living.view()) ? before : living.view()));
    const drawn = living.xterm.terminal.onRender(look);
    const unsubscribe = living.subscribe(look);
    look();
    return () => {
      drawn.dispose();
      unsubscribe();
    };
  }, [living]);
  return view;
}

const same = (a: TerminalView, b: TerminalView): boolean =>
  a.cursorRow === b.cursorRow &&
  a.rowHeight === b.rowHeight &&
  a.marks.length === b.marks.length &&
  a.marks.every(({ command, row }, index) => {
    const other = b.marks[index];
    return other?.command === command && other.row === row;
  });
