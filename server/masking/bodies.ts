import { Refusal } from "../../shared/contract/errors.ts";
import type { Body, Parsed } from "../protocols/postgres/facts/meaning.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";

/** Parsed definitions, by oid; `null`: could not be read, so nothing is known of it. */
export type Bodies = {
  /** The defining SELECT of views and materialised views. */
  views: ReadonlyMap<number, Parsed | null>;
  /** Bodies of sql and plpgsql functions. */
  functions: ReadonlyMap<number, Body | null>;
};

/** Reads every definition of a catalog with the given parser. Throws `parser_unavailable` alone. */
export async function readBodies(
  raw: RawCatalog,
  parser: { parse(text: string): Promise<Parsed>; parseBody(definition: string): Promise<Body | null> },
): Promise<Bodies> {
  const views = new Map<number, Parsed | null>();
  const functions = new Map<number, Body | null>();
  for (const { oid, definition } of raw.relations) {
    if (definition === undefined) continue;
    views.set(oid, await parser.parse(definition).catch(unreadable));
  }
  for (const { oid, definition } of raw.functions)
    if (definition !== undefined) functions.set(oid, await parser.parseBody(definition));
  return { views, functions };
}

function unreadable(error: unknown): null {
  if (error instanceof Refusal && error.code !== "parser_unavailable") return null;
  throw error;
}
