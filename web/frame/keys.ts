import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { useMe } from "../api/portal.tsx";
import { openHelp } from "./help.tsx";
import { placesFor } from "./navigation.ts";
import { openPalette } from "./palette.tsx";

/** The second key of `G W` must come within this. */
const sequenceMs = 1200;

/** True where a keystroke is text: fields, editors, menus, dialogs. Single letters act elsewhere alone. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest(
        "input, textarea, select, [role=textbox], [role=menu], [role=dialog], [role=listbox]",
      ) !== null)
  );
}

/** True in a terminal: Ctrl K and the like are its own, and the portal's need Shift there. */
const hasOwnKeys = ({ target }: KeyboardEvent): boolean =>
  target instanceof Element && target.closest("[data-own-keys]") !== null;

/** Keys of the whole portal: F6 next region, G then a letter, ? help. */
export function useShellKeys(): void {
  const navigate = useNavigate();
  const me = useMe();
  useEffect(() => {
    let goUntil = 0;
    const onKey = (event: KeyboardEvent) => {
      // Before the editor, which would take it for the first key of a chord.
      if (
        (event.ctrlKey || event.metaKey) &&
        event.key.toLowerCase() === "k" &&
        (event.shiftKey || !hasOwnKeys(event))
      ) {
        event.preventDefault();
        event.stopPropagation();
        openPalette();
        return;
      }
      if (event.key === "F6") {
        event.preventDefault();
        focusNextRegion(event.shiftKey ? -1 : 1);
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || lettersAreOff()) return;
      if (event.key === "?") openHelp();
      else if (event.key.toLowerCase() === "g") goUntil = Date.now() + sequenceMs;
      else if (Date.now() < goUntil) {
        goUntil = 0;
        const place = placesFor(me).find(({ key }) => key === event.key.toLowerCase());
        if (place === undefined) return;
        event.preventDefault();
        // Before any single-letter key of the page that is left.
        event.stopImmediatePropagation();
        void navigate({ to: place.to });
      }
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [navigate, me]);
}

function focusNextRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  if (regions.length === 0) return;
  // The innermost: regions stand in one another.
  const current = regions.findLastIndex((region) => region.contains(document.activeElement));
  regions[(current + step + regions.length) % regions.length]?.focus();
}

const lettersKey = "sluice.letters";

/** Single-letter keys can be switched off (WCAG 2.1.4). */
export function lettersAreOff(): boolean {
  return window.localStorage.getItem(lettersKey) === "off";
}
export function setLettersOff(off: boolean): void {
  if (off) window.localStorage.setItem(lettersKey, "off");
  else window.localStorage.removeItem(lettersKey);
}
