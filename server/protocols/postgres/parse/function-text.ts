import type { CatalogFunction } from "../../../../shared/nouns/catalog.ts";

/**
 * A `CREATE FUNCTION` text around a catalogued body, for `parseBody` alone: never sent to a target. Undefined where
 * the catalog holds no body.
 */
export function functionText(fn: CatalogFunction): string | undefined {
  if (fn.body === undefined) return undefined;
  const returns =
    fn.kind === "procedure" ? "" : fn.returnsTrigger ? "RETURNS trigger" : `RETURNS ${fn.returns}`;
  const head = `CREATE ${fn.kind === "procedure" ? "PROCEDURE" : "FUNCTION"} f(${fn.arguments}) ${returns} LANGUAGE ${fn.language}`;
  if (fn.language === "sql" && /^\s*(begin\s+atomic|return)\b/i.test(fn.body)) return `${head} ${fn.body}`;
  let tag = "$body$";
  while (fn.body.includes(tag)) tag = `$b${tag.slice(1)}`;
  return `${head} AS ${tag}${fn.body}${tag}`;
}
