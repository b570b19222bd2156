import type { Icon } from "@tabler/icons-react";
import { useEffect, useSyncExternalStore } from "react";

/** Something a person can do here and now, from the palette or by its keys. */
export type Action = {
  id: string;
  label: string;
  description?: string;
  icon: Icon;
  /** As shown: `["Ctrl", "↵"]`. */
  keys?: readonly string[];
  run: () => void;
};

let registered: readonly { owner: symbol; actions: readonly Action[] }[] = [];
let flat: readonly Action[] = [];
const listeners = new Set<() => void>();

function set(next: typeof registered): void {
  registered = next;
  flat = next.flatMap(({ actions }) => actions);
  for (const listener of listeners) listener();
}

/** Offers `actions` in the palette for as long as the page is shown. Keep the list stable with useMemo. */
export function useActions(actions: readonly Action[]): void {
  useEffect(() => {
    const owner = Symbol("actions");
    set([...registered, { owner, actions }]);
    return () => set(registered.filter((entry) => entry.owner !== owner));
  }, [actions]);
}

export function useRegisteredActions(): readonly Action[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => flat,
  );
}
