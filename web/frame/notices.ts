import { useSyncExternalStore } from "react";

/** Whether the browser may tell of what happens while nobody looks at the portal; `off` until somebody wants it. */
export type Notices = "impossible" | "refused" | "off" | "on";

const key = "sluice.notices";
const listeners = new Set<() => void>();
const changed = () => {
  for (const listener of listeners) listener();
};

function notices(): Notices {
  if (!("Notification" in window)) return "impossible";
  if (Notification.permission === "denied") return "refused";
  const wanted = window.localStorage.getItem(key) === "on";
  return wanted && Notification.permission === "granted" ? "on" : "off";
}

export function useNotices(): Notices {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, notices);
}

/** Only ever for a click: the browser asks the person, who may say no for good. */
export async function turnNoticesOn(): Promise<void> {
  if ((await Notification.requestPermission()) === "granted") window.localStorage.setItem(key, "on");
  changed();
}

export function turnNoticesOff(): void {
  window.localStorage.removeItem(key);
  changed();
}

/** What happened, and where it is to be seen. Two tabs that tell of the same `about` show it once. */
export type Notice = { about: string; title: string; body: string; open: () => void };

/** Tells somebody who does not look: a mark in the tab's title, and the browser's notice where it was turned on. */
export function notify({ about, title, body, open }: Notice): void {
  if (!isAway()) return;
  setUnseen(true);
  if (notices() !== "on") return;
  try {
    const shown = new Notification(title, { body, tag: about });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      open();
    });
  } catch (error) {
    // Chromium on Android shows them from a service worker alone; the mark in the title stays.
    if (!(error instanceof TypeError)) throw error;
  }
}

const isAway = () => document.hidden || !document.hasFocus();

let unseen = false;
function setUnseen(next: boolean): void {
  if (next === unseen) return;
  unseen = next;
  if (next) window.addEventListener("focus", () => setUnseen(false), { once: true });
  changed();
}

/** Something happened while nobody looked. */
export function useUnseen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => unseen,
  );
}
