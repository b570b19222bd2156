/** Half-open range of characters that a detector found. */
export type Found = { start: number; end: number };

export type Detector = {
  /** Names of data classes that it enforces; it works where one of them is hidden. Empty: it always works. */
  classes: readonly string[];
  /** The class that the journal names. */
  name: string;
  /** Cheap: false where `find` cannot find anything. */
  mayHold(text: string): boolean;
  find(text: string): Iterable<Found>;
};

// Of the patterns: every quantifier is bounded or cannot overlap what follows it, so that time stays linear in the text.

export function* matches(
  pattern: RegExp,
  text: string,
  accept: (match: string) => boolean = () => true,
): Generator<Found> {
  for (const match of text.matchAll(pattern))
    if (accept(match[0])) yield { start: match.index, end: match.index + match[0].length };
}
