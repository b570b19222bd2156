/**
 * Canonical JSON after RFC 8785 for the values that the ledger holds: object keys sorted by UTF-16 code units, no
 * white space, `undefined` members left out. Numbers must be finite.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("canonical JSON has no such number");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value === "object") {
    let members = "";
    for (const [key, member] of Object.entries(value).sort(byKey))
      if (member !== undefined)
        members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
    return `{${members}}`;
  }
  throw new TypeError(`canonical JSON has no ${typeof value}`);
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);
