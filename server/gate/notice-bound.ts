import type { Notice } from "../../shared/nouns/command.ts";

/** Messages of the target's that one command shows, and characters of all of them, and of each. */
export const maxNotices = 1_000;
const maxCharacters = 1024 * 1024;
export const maxMessageCharacters = 64 * 1024;

/**
 * Bounds what a loop of RAISE NOTICE can put into an answer, a browser and a recording. Given each message in turn, masked
 * already, so that no cut hides a value from the detectors: what is shown of it, or undefined where nothing is. What is
 * left out is said where it is missed.
 */
export function createNoticeBound(): (notice: Notice) => Notice | undefined {
  let shown = 0;
  let characters = 0;
  return (notice) => {
    if (shown > maxNotices) return undefined;
    shown++;
    const message = cut(notice.message);
    characters += message.length;
    if (shown <= maxNotices && characters <= maxCharacters) return { ...notice, message };
    shown = maxNotices + 1;
    return {
      severity: "WARNING",
      message:
        "The target sent more messages than are shown: they are left out from here on, also of the recording.",
    };
  };
}

function cut(message: string): string {
  if (message.length <= maxMessageCharacters) return message;
  // Not in the middle of a character.
  const kept = message.slice(0, maxMessageCharacters).replace(/[\uD800-\uDBFF]$/, "");
  return `${kept}… (${message.length - kept.length} more characters are left out)`;
}
