import { useSyncExternalStore } from "react";
import { z } from "zod";

/** Sessions that this tab has opened, newest first: what "Work" and "Go back to it" lead to. Ids and names only. */
const TabSession = z.object({ id: z.string(), target: z.string() });
export type TabSession = z.infer<typeof TabSession>;

const storageKey = "sluice.sessions";
const maxRemembered = 20;

let sessions: readonly TabSession[] = read();
const listeners = new Set<() => void>();

function read(): readonly TabSession[] {
  try {
    return z.array(TabSession).parse(JSON.parse(window.sessionStorage.getItem(storageKey) ?? "[]"));
  } catch {
    // Written by another version: nothing worth keeping.
    return [];
  }
}

function write(next: readonly TabSession[]): void {
  sessions = next.slice(0, maxRemembered);
  window.sessionStorage.setItem(storageKey, JSON.stringify(sessions));
  for (const listener of listeners) listener();
}

export function rememberSession({ id, target }: TabSession): void {
  write([{ id, target }, ...sessions.filter((known) => known.id !== id)]);
}

export function forgetSession(id: string): void {
  if (sessions.some((known) => known.id === id)) write(sessions.filter((known) => known.id !== id));
}

export function useTabSessions(): readonly TabSession[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => sessions,
  );
}
