import { kinds, kindsByName, type NamedKind } from "./discovery-kinds.ts";
import { covers, shownByValue } from "./discovery-values.ts";

const maxDepth = 8;
const maxLeaves = 200;

/** Documents that hold each kind: by the name of a key, and by a value or a key that is one. */
export type Documents = { read: number; byName: Map<NamedKind, number>; byValue: Map<NamedKind, number> };

/** What JSON documents hold of people. What does not parse, being cut off, is left out. */
export function readDocuments(values: readonly string[]): Documents {
  const found: Documents = { read: 0, byName: new Map(), byValue: new Map() };
  for (const value of values) {
    const document = parsed(value);
    if (document === undefined) continue;
    found.read++;
    const named = new Set<NamedKind>();
    const valued = new Set<NamedKind>();
    for (const { name, under, text } of leavesOf(document)) {
      // With its parent's: `contact.name` is a person's, `product.name` is not.
      if (text !== undefined) for (const kind of kindsByName(`${under}.${name}`, "text")) named.add(kind);
      for (const kind of shownByValue)
        if ([text ?? "", name].some((each) => covers(kind, each) === "whole")) valued.add(kind);
    }
    for (const kind of named) found.byName.set(kind, (found.byName.get(kind) ?? 0) + 1);
    for (const kind of valued) found.byValue.set(kind, (found.byValue.get(kind) ?? 0) + 1);
  }
  return found;
}

/** "addresses by their key in 500, phone numbers by their value in 480". */
export const documentsSay = ({ byName, byValue }: Documents): string =>
  [
    ...[...byValue].map(([kind, count]) => `${kinds[kind].plural} by value in ${count}`),
    ...[...byName]
      .filter(([kind]) => !byValue.has(kind))
      .map(([kind, count]) => `keys named like ${kind.replace("-", " ")} in ${count}`),
  ].join(", ");

/** Undefined where the text is no whole document: long ones are cut off. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

type Leaf = { name: string; under: string; text: string | undefined };

/** Every key, with that of what it is in, and its text; `text` is undefined where the value is an object. */
function leavesOf(document: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (name: string, under: string, value: unknown, depth: number): void => {
    if (leaves.length >= maxLeaves || depth > maxDepth) return;
    if (typeof value === "string" || typeof value === "number")
      leaves.push({ name, under, text: String(value) });
    else if (Array.isArray(value)) for (const each of value) visit(name, under, each, depth + 1);
    else if (typeof value === "object" && value !== null) {
      leaves.push({ name, under, text: undefined });
      for (const [key, each] of Object.entries(value)) visit(key, name, each, depth + 1);
    }
  };
  visit("", "", document, 0);
  return leaves;
}
