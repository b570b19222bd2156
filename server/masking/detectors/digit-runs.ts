import type { Found } from "./detector.ts";

/** A digit, or what stands between groups of them: a space or a hyphen. */
const isOfRun = (code: number): boolean => isDigit(code) || code === 32 || code === 45;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * Stretches of digits, spaces and hyphens that have `atLeast` digits or more: what numbers of people and cards are
 * printed as; the first `most`. Most of a text is passed over by looking at its every `atLeast`th character, and a
 * pattern that is tried within the stretches alone takes a fraction of the time that it takes on all of a log.
 */
function digitRuns(text: string, atLeast: number, most = Infinity): Found[] {
  const runs: Found[] = [];
  for (let start = 0; start + atLeast <= text.length && runs.length < most;) {
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
    if (digits >= atLeast) runs.push({ start, end });
    start = end + 1;
  }
  return runs;
}

/** Where `count` digits stand together, no more and no fewer: each such place has one at a `count`th character. */
export function digitsTogether(text: string, count: number): Found[] {
  const found: Found[] = [];
  for (let at = count - 1; at < text.length; at += count) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let start = at;
    while (isDigit(text.charCodeAt(start - 1))) start--;
    while (isDigit(text.charCodeAt(at + 1))) at++;
    if (at + 1 - start === count) found.push({ start, end: at + 1 });
  }
  return found;
}

/** Characters beside a run that a pattern looks at: a point before it and what stands before that, a point and a digit behind it. */
const [before, behind] = [2, 2];

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

export const holdsDigits = (text: string, atLeast: number): boolean => digitRuns(text, atLeast, 1).length > 0;
