import type { ClassMap } from "../../shared/nouns/catalog.ts";
import type { Drift, Proposal } from "../../shared/nouns/discovery.ts";
import { withClass } from "./class-map.ts";

/** A class for one column; `none` for no class. */
export type Decision = { relation: string; column: string; class: string };

/** A map with decisions in it. */
export const decided = (map: ClassMap, decisions: readonly Decision[]): ClassMap =>
  decisions.reduce(
    (before, { relation, column, class: name }) => withClass(before, relation, column, name),
    map,
  );

/** A map without decisions whose column is gone. */
export const forgotten = (map: ClassMap, gone: Drift["gone"]): ClassMap =>
  gone.reduce((before, { relation, column }) => withClass(before, relation, column, undefined), map);

/** Names a column among all of a target's. */
export const keyOf = ({ relation, column }: { relation: string; column: string }): string =>
  `${relation}.${column}`;

/** Proposals that are at least this sure, of classes that there are, as decisions. */
export const sureEnough = (proposals: readonly Proposal[], least: number): Decision[] =>
  proposals
    .filter(({ confidence, defined }) => defined && confidence >= least)
    .map(({ relation, column, class: name }) => ({ relation, column, class: name }));
