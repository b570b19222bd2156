import { useSyncExternalStore } from "react";

let badges: Readonly<Record<string, number>> = {};
const listeners = new Set<() => void>();

/** Puts a number on a place of the rail: what waits there. Zero takes it away. */
export function setBadge(place: string, value: number): void {
  if ((badges[place] ?? 0) === value) return;
  badges = { ...badges, [place]: value };
  for (const listener of listeners) listener();
}

export function useBadges(): Readonly<Record<string, number>> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => badges,
  );
}
