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
  if (Array.isArray(value)) {
    let items = "";
    for (let i = 0; i < value.length; i++)
      items += i === 0 ? canonicalJson(value[i] ?? null) : `,${canonicalJson(value[i] ?? null)}`;
    return `[${items}]`;
  }
  if (isMembers(value)) {
    let members = "";
    // Without a comparator strings are sorted by UTF-16 code units, in the engine's own code.
    for (const key of Object.keys(value).sort()) {
      const member = value[key];
      if (member !== undefined)
        members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`;
    }
    return `{${members}}`;
  }
  throw new TypeError(`canonical JSON has no ${typeof value}`);
}

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object";
