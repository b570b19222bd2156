import type { Hidden } from "../hidden.ts";
import { hiddenText } from "../mask-text.ts";
import type { Detector, Found } from "./detector.ts";
import { detectors } from "./patterns.ts";

/** Detectors that work for an actor: credentials always, the others where their class is hidden. */
export const activeDetectors = (hidden: Hidden): Detector[] =>
  detectors.filter(({ classes }) => classes.length === 0 || classes.some((name) => hidden.has(name)));

/** The name under which a detector's finding goes to the journal: the hidden class, or the kind of credential. */
export const findingClass = (detector: Detector, hidden: Hidden): string =>
  detector.classes.find((name) => hidden.has(name)) ?? detector.name;

/** Whether a detector finds anything in a text. */
export const findsIn = (detector: Detector, text: string): boolean =>
  detector.mayHold(text) && detector.find(text)[Symbol.iterator]().next().done !== true;

/** A mask's bullet in UTF-8, and what stands for it in `isClear`'s texts: most of them are ASCII then, and short. */
export const bulletBytes = [0xe2, 0x80, 0xa2] as const;
const standIn = "\x01";

/**
 * Whether detectors find nothing in a text with a stand-in for each bullet: false where it may be that they do. What is
 * longer than a cell may be is not looked at.
 */
export function isClear(use: readonly Detector[], text: string): boolean {
  if (text.length > maxCellLength) return false;
  const suspects = use.filter((detector) => detector.mayHold(text));
  if (suspects.length === 0) return true;
  return !text.includes(standIn) && !suspects.some((detector) => findsIn(detector, text));
}

/** A cell longer than this is withheld: it was not checked. */
export const maxCellLength = 16 * 1024 * 1024;
/** Longer texts are checked in windows; whatever a detector finds is shorter than the overlap. */
const windowSize = 256 * 1024;
const overlap = 24 * 1024;

/** Replaces all that the detectors find in a text, and tells which found something. */
export function redact(
  text: string,
  active: readonly Detector[],
  note: (detector: Detector) => void,
): string {
  const found: Found[] = [];
  for (let from = 0; from < text.length; from += windowSize - overlap) {
    const window = text.length <= windowSize ? text : text.slice(from, from + windowSize);
    for (const detector of active) {
      if (!detector.mayHold(window)) continue;
      for (const { start, end } of detector.find(window)) {
        found.push({ start: start + from, end: end + from });
        note(detector);
      }
    }
    if (from + windowSize >= text.length) break;
  }
  if (found.length === 0) return text;
  found.sort((a, b) => a.start - b.start);
  let out = "";
  let at = 0;
  for (const { start, end } of found) {
    if (end <= at) continue;
    out += text.slice(at, Math.max(at, start)) + (start >= at ? hiddenText : "");
    at = end;
  }
  return out + text.slice(at);
}
