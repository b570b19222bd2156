import type { Found } from "./patterns.ts";

/** A digit, or what stands between groups of them: a space or a hyphen. */
const isOfRun = (code: number): boolean => isDigit(code) || code === 32 || code === 45;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * Stretches of digits, spaces and hyphens that have `atLeast` digits or more: what numbers of people and cards are
 * printed as. Most of a text is passed over by looking at its every `atLeast`th character, and a pattern that is tried
 * within the stretches alone takes a fraction of the time that it takes on all of a log.
 */
function* digitRuns(text: string, atLeast: number): Generator<Found> {
  for (let start = 0; start + atLeast <= text.length;) {
    let other = start + atLeast - 1;
    while (other >= start && isOfRun(text.charCodeAt(other))) other--;
    if (other >= start) {
      start = other + 1;
      continue;
    }
    let end = start;
    let digits = 0;
    for (; end < text.length && isOfRun(text.charCodeAt(end)); end++)
      if (isDigit(text.charCodeAt(end))) digits++;
    if (digits >= atLeast) yield { start, end };
    start = end + 1;
  }
}

/** Characters beside a run that a pattern looks at: what stands before it, a point and a digit behind it. */
const [before, behind] = [1, 2];

/** What is found within the text's runs of `atLeast` digits. */
export function* inDigitRuns(
  text: string,
  atLeast: number,
  find: (run: string) => Iterable<Found>,
): Generator<Found> {
  for (const run of digitRuns(text, atLeast)) {
    const from = Math.max(0, run.start - before);
    for (const { start, end } of find(text.slice(from, run.end + behind)))
      yield { start: start + from, end: end + from };
  }
}

export const holdsDigits = (text: string, atLeast: number): boolean =>
  text.length >= atLeast && digitRuns(text, atLeast).next().done !== true;
