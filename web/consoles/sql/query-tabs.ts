import { z } from "zod";

/** A query being written. Kept in this tab's sessionStorage: a reload loses nothing, another person sees nothing. */
const QueryTab = z.object({
  id: z.string(),
  name: z.string(),
  text: z.string(),
  /** Values of `$1`, `$2`... by number; null is SQL's null. */
  parameters: z.record(z.string(), z.union([z.string(), z.null()])),
});
export type QueryTab = z.infer<typeof QueryTab>;

const QueryTabs = z.object({ tabs: z.array(QueryTab).min(1), active: z.string(), nextNumber: z.int() });
export type QueryTabs = z.infer<typeof QueryTabs>;

const storageKey = (target: string) => `sluice.queries.${target}`;
/** Beyond it the browser would refuse to keep the text; what is typed stays in memory then. */
const maxKept = 1_000_000;

const fresh = (number: number, text = ""): QueryTab => ({
  id: crypto.randomUUID(),
  name: `Query ${number}`,
  text,
  parameters: {},
});

export function loadTabs(target: string): QueryTabs {
  try {
    return QueryTabs.parse(JSON.parse(window.sessionStorage.getItem(storageKey(target)) ?? "null"));
  } catch {
    const tab = fresh(1);
    return { tabs: [tab], active: tab.id, nextNumber: 2 };
  }
}

export function saveTabs(target: string, tabs: QueryTabs): void {
  const text = JSON.stringify(tabs);
  if (text.length <= maxKept) window.sessionStorage.setItem(storageKey(target), text);
}

export function activeTab({ tabs, active }: QueryTabs): QueryTab {
  const found = tabs.find(({ id }) => id === active) ?? tabs[0];
  if (found === undefined) throw new Error("there is always one tab");
  return found;
}

export function addTab(state: QueryTabs, text = ""): QueryTabs {
  const tab = fresh(state.nextNumber, text);
  return { tabs: [...state.tabs, tab], active: tab.id, nextNumber: state.nextNumber + 1 };
}

/** Without the tab; the one beside it becomes active, and a fresh one replaces the last. */
export function closeTab(state: QueryTabs, id: string): QueryTabs {
  const index = state.tabs.findIndex((tab) => tab.id === id);
  const tabs = state.tabs.filter((tab) => tab.id !== id);
  if (tabs.length === 0) return addTab({ ...state, tabs });
  const beside = tabs[Math.min(index, tabs.length - 1)];
  return { ...state, tabs, active: state.active === id && beside !== undefined ? beside.id : state.active };
}

export function restoreTab(state: QueryTabs, tab: QueryTab): QueryTabs {
  return { ...state, tabs: [...state.tabs, tab], active: tab.id };
}

export function editTab(state: QueryTabs, id: string, change: Partial<Omit<QueryTab, "id">>): QueryTabs {
  return { ...state, tabs: state.tabs.map((tab) => (tab.id === id ? { ...tab, ...change } : tab)) };
}
