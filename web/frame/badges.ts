import { useSyncExternalStore } from "react";

let badges: Readonly<Record<string, string>> = {};
const listeners = new Set<() => void>();

/** Puts a number on a place of the rail: what waits there, `atLeast` so many. Zero takes it away. */
export function setBadge(place: string, value: number, atLeast = false): void {
  const text = value === 0 ? "" : atLeast ? `${value}+` : String(value);
  if ((badges[place] ?? "") === text) return;
  badges = { ...badges, [place]: text };
  for (const listener of listeners) listener();
}

export function useBadges(): Readonly<Record<string, string>> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => badges,
  );
}
