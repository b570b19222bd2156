import { type Effort, maxSteps, spend } from "./effort.ts";
import { listedSystemFunctions } from "./functions.ts";
import { type Names, qualifiedName } from "./names.ts";
import { nearest } from "./nearest.ts";
import type { Item } from "./scope.ts";
import { listedSystemRelations } from "./system-relations.ts";

type Where = { names: Names; effort: Effort };

/** Comparing two names costs about as much as so many other steps. */
const stepsOfOne = 4;
/** Part of a command's steps that may go into proposals: for whoever mistypes many names, the first have some. */
const share = 0.5;

function propose(
  { effort }: Where,
  written: string,
  candidates: readonly (readonly [key: string, shown: string])[],
): string[] {
  const steps = candidates.length * stepsOfOne;
  if (effort.steps + steps > maxSteps * share) return [];
  spend(effort, steps);
  const shown = nearest(written, candidates, ([key]) => key).map(([, name]) => name);
  return [...new Set(shown)];
}

/**
 * Relations that may be meant by a name, with their schemas. The catalog is what everybody with a session on the target
 * sees in its tree; proposals say no more.
 */
export function relationsLike(where: Where, written: string): string[] {
  const isQualified = written.includes(".");
  return propose(where, written, [
    ...where.names.catalog.relations.map((each): [string, string] => [
      isQualified ? qualifiedName(each) : each.name,
      qualifiedName(each),
    ]),
    ...listedSystemRelations.map((qualified): [string, string] => [
      isQualified ? qualified : qualified.slice(qualified.indexOf(".") + 1),
      qualified,
    ]),
  ]);
}

/** Functions that may be meant by a name, with their schemas where these are not on the search path. */
export function functionsLike(where: Where, name: string): string[] {
  const { functions, searchPath } = where.names.catalog;
  return propose(where, name, [
    ...functions.map((each): [string, string] => [
      each.name,
      searchPath.includes(each.schema) ? each.name : qualifiedName(each),
    ]),
    ...listedSystemFunctions.map((each): [string, string] => [each, each]),
  ]);
}

/** Columns of items of FROM that may be meant by a name. */
export const columnsLike = (where: Where, items: readonly Item[], name: string): string[] =>
  propose(
    where,
    name,
    items.flatMap((item) =>
      item.columns.map((each): [string, string] => [
        each.name,
        item.name === undefined ? each.name : `${item.name}.${each.name}`,
      ]),
    ),
  );

/** Asks, in words, whether something else was meant; empty where nothing is near. */
export const didYouMean = (meant: readonly string[]): string =>
  meant.length === 0 ? "" : ` (did you mean ${meant.join(" or ")}?)`;

export const notInCatalog = (what: string, name: string, meant: readonly string[]): string =>
  `${what} ${name} is not in the catalog${didYouMean(meant)}`;
