/** PostgreSQL's type `text` (pg_type.dat). */
const textOid = 25;
const headerBytes = 20;

/**
 * A `text[]` in PostgreSQL's binary form, which `pg` sends as it is: entries are full of quotes, and the text form
 * escapes each of them on this side and reads it back on the other. Source: array_recv in arrayfuncs.c: dimensions, a
 * flag for nulls, the element's type, length and lower bound, then each element behind its length, -1 for null.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), headerBytes);
  const buffer = Buffer.allocUnsafe(bytes);
  let at = 0;
  const int = (value: number): void => {
    at = buffer.writeInt32BE(value, at);
  };
  for (const value of [1, 1, textOid, values.length, 1]) int(value);
  values.forEach((value, index) => {
    int(lengths[index] ?? -1);
    if (value !== null) at += buffer.write(value, at);
  });
  return buffer;
}
