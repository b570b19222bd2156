/** Least recently used entries within a budget of bytes. */
export function createCache<Value>(maxBytes: number): {
  get(key: string): Value | undefined;
  set(key: string, value: Value, bytes: number): void;
} {
  const entries = new Map<string, { value: Value; bytes: number }>();
  let used = 0;
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // A Map keeps insertion order: the first key is the one unused for longest.
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      used -= entries.get(key)?.bytes ?? 0;
      entries.delete(key);
      if (bytes > maxBytes) return;
      entries.set(key, { value, bytes });
      used += bytes;
      for (const [oldest, entry] of entries) {
        if (used <= maxBytes) break;
        entries.delete(oldest);
        used -= entry.bytes;
      }
    },
  };
}
