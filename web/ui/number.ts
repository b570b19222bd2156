const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** `312480` as `312,480`. */
export function count(value: number): string {
  return whole.format(value);
}

/** `312480` as `312.5 k`; below a thousand as it is. For dense lists. */
export function roughly(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 1_000_000) return `${trim(value / 1000)} k`;
  if (value < 1_000_000_000) return `${trim(value / 1_000_000)} M`;
  return `${trim(value / 1_000_000_000)} G`;
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/u, "");
}

/** `1 row`, `2 rows`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
