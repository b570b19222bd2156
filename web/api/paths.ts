/** A path of the API from its parts; ids are put into it encoded. */
export const apiPath = (...parts: string[]) => `/api/${parts.map(encodeURIComponent).join("/")}`;

/** A query string of the given values with its `?`; empty and absent ones are left out. */
export function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}
