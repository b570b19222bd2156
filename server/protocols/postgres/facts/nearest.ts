/** Names that are proposed for one that nothing is called. */
const maxProposals = 3;
/** Letters that may be wrong in a name, however long it is. */
const maxWrong = 3;
/** A longer name is not compared: PostgreSQL's own are cut at 63 bytes. */
const maxLength = 63;

/**
 * The names that somebody who wrote `written` most likely meant, nearest first: at most a third of its letters wrong,
 * swapped neighbours counting once, and hardly more than in the nearest. Candidates are looked at by `key`.
 */
export function nearest<Item>(
  written: string,
  candidates: Iterable<Item>,
  key: (item: Item) => string,
): Item[] {
  if (written.length > maxLength) return [];
  const name = written.toLowerCase();
  const bound = Math.max(1, Math.min(maxWrong, Math.floor(name.length / 3)));
  const found: { item: Item; far: number; at: number }[] = [];
  let at = 0;
  for (const item of candidates) {
    const far = distance(name, key(item).toLowerCase(), bound);
    if (far <= bound) found.push({ item, far, at: at++ });
  }
  const least = Math.min(...found.map(({ far }) => far));
  return found
    .filter(({ far }) => far <= least + 1)
    .sort((a, b) => a.far - b.far || a.at - b.at)
    .slice(0, maxProposals)
    .map(({ item }) => item);
}

/** Letters to insert, drop, replace or swap with their neighbour (Damerau and Levenshtein); more than `bound`: Infinity. */
function distance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    if (Math.min(...row) > bound) return Infinity;
    [before, last] = [last, row];
  }
  return last[b.length] ?? Infinity;
}
