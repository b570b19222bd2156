/** Longest text of a host's own that a refusal repeats. */
const MAX_CHARACTERS = 200;

/** A host's own words, fit for a sentence: one line, nothing invisible, no end. */
export function printable(text: string): string {
  const plain = text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/gu, " ").trim();
  return plain.length > MAX_CHARACTERS ? `${plain.slice(0, MAX_CHARACTERS)}…` : plain;
}
