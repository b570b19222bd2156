import { useEffect, useMemo, useRef, useState } from "react";
import { toast } from "../../ui/toast.tsx";
import {
  activeTab,
  addTab,
  closeTab,
  editTab,
  loadTabs,
  restoreTab,
  saveTabs,
  type QueryTab,
  type QueryTabs,
} from "./query-tabs.ts";

/** Typing rests for this long before the text is kept. */
const saveAfterMs = 400;

export type OpenQueries = {
  state: QueryTabs;
  /** The one that is shown. */
  tab: QueryTab;
  pick(id: string): void;
  /** From 1; beyond the last nothing happens. */
  pickNumber(number: number): void;
  add(text?: string): void;
  /** With an undo, where there was a text. */
  close(id: string): void;
  /** Changes the one that is shown. */
  edit(change: Partial<Omit<QueryTab, "id">>): void;
  rename(id: string, name: string): void;
};

/** The queries of a target, kept for a reload. */
export function useQueryTabs(target: string): OpenQueries {
  const [state, setState] = useState(() => loadTabs(target));
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
    const timer = setTimeout(() => saveTabs(target, state), saveAfterMs);
    return () => clearTimeout(timer);
  }, [target, state]);
  useEffect(() => {
    const save = () => saveTabs(target, latest.current);
    window.addEventListener("pagehide", save);
    return () => {
      window.removeEventListener("pagehide", save);
      // Whoever leaves for another page does not wait.
      save();
    };
  }, [target]);
  return useMemo(
    () => ({
      state,
      tab: activeTab(state),
      pick: (id) => setState((now) => ({ ...now, active: id })),
      pickNumber: (number) => setState((now) => ({ ...now, active: now.tabs[number - 1]?.id ?? now.active })),
      add: (text) => setState((now) => addTab(now, text)),
      close: (id) => {
        const closed = state.tabs.find((each) => each.id === id);
        setState((now) => closeTab(now, id));
        if (closed === undefined || closed.text.trim() === "") return;
        toast({
          verdict: "withdrawn",
          title: `${closed.name} is closed`,
          action: { word: "Undo", run: () => setState((now) => restoreTab(now, closed)) },
        });
      },
      edit: (change) => setState((now) => editTab(now, now.active, change)),
      rename: (id, name) => setState((now) => editTab(now, id, { name })),
    }),
    [state],
  );
}
