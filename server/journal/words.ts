/** Distinct words of one command that the search index holds, and characters of each. */
const maxWords = 2_000;
const maxWordLength = 60;
const maxQueryWords = 16;

/** Runs of letters and digits, lower case: `public.order_items` gives `public`, `order`, `items`. */
function* split(text: string): Generator<string> {
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) yield word.slice(0, maxWordLength);
}

/** The words under which a command is found, separated by spaces. Bounded: what follows in a huge text is not indexed. */
export function indexedWords(text: string): string {
  const words = new Set<string>();
  for (const word of split(text)) {
    if (words.size >= maxWords) break;
    words.add(word);
  }
  return [...words].join(" ");
}

/** A `tsquery` that wants every word, each as a beginning; undefined where the text has none. */
export function wordsQuery(text: string): string | undefined {
  const words = [...new Set(split(text))].slice(0, maxQueryWords);
  return words.length === 0 ? undefined : words.map((word) => `'${word}':*`).join(" & ");
}
