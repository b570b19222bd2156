import { isTyping, lettersAreOff } from "./keys.ts";

/** The single letter that a keystroke acts by, in lower case; undefined in fields, with modifiers, or switched off. */
export function pressedLetter(event: KeyboardEvent): string | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event) || lettersAreOff())
    return undefined;
  return event.key.length === 1 ? event.key.toLowerCase() : undefined;
}
