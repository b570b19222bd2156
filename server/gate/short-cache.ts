/**
 * Answers an equal question from memory for a short time. Callers that ask the same at once share one answer; a
 * failure is never kept. Holds at most `entries`, the least recently asked leave first.
 */
export function createShortCache<T>(options: {
  entries: number;
  freshForMs: number;
  now: () => number;
}): (key: string, make: () => Promise<T>) => Promise<T> {
  const { entries, freshForMs, now } = options;
  const kept = new Map<string, { answer: Promise<T>; until: number }>();
  return function ask(key, make) {
    const known = kept.get(key);
    kept.delete(key);
    if (known && now() < known.until) {
      kept.set(key, known);
      return known.answer;
    }
    const answer = make();
    const entry = { answer, until: now() + freshForMs };
    kept.set(key, entry);
    answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    const [oldest] = kept.keys();
    if (kept.size > entries && oldest !== undefined) kept.delete(oldest);
    return answer;
  };
}
