import { Refusal } from "../../shared/contract/errors.ts";
import type { ClassMap, ClassPattern, DataClass } from "../../shared/nouns/catalog.ts";
import { undecidedClass } from "../../shared/nouns/discovery.ts";
import type { RawCatalog } from "../protocols/postgres/catalog/raw-catalog.ts";

/** The name in a map that takes a pattern's proposal back. */
export const noClass = "none";
/** Problems that one refusal lists. */
const maxProblems = 50;

/**
 * Throws `classes_invalid`, listing every relation, column and class that does not exist. What is in force already may
 * speak of a column that is gone: others' decisions do not wait for somebody to notice.
 */
export function checkClassMap(
  map: ClassMap,
  catalog: RawCatalog,
  classes: readonly DataClass[],
  inForce: ClassMap,
): void {
  const known = new Set([noClass, ...classes.map((each) => each.name)]);
  const relations = new Map(catalog.relations.map((each) => [`${each.schema}.${each.name}`, each]));
  const problems: string[] = [];
  for (const [name, columns] of Object.entries(map)) {
    const relation = relations.get(name);
    const fresh = Object.entries(columns).filter(
      ([column, className]) => inForce[name]?.[column] !== className,
    );
    if (relation === undefined && fresh.length > 0) problems.push(`There is no relation "${name}".`);
    for (const [column, className] of fresh) {
      if (relation !== undefined && !relation.columns.some((each) => each.name === column))
        problems.push(`"${name}" has no column "${column}".`);
      if (!known.has(className))
        problems.push(`There is no class "${className}", named for "${name}.${column}".`);
    }
  }
  refuse(problems);
}

/** Throws `classes_invalid` where a name stands twice, or a pattern or a target uses a class that is not there. */
export function checkClassification(
  classes: readonly DataClass[],
  patterns: readonly ClassPattern[],
  maps: ReadonlyMap<string, ClassMap>,
): void {
  const names = classes.map((each) => each.name);
  const known = new Set([noClass, ...names]);
  const problems = names
    .filter((name, i) => names.indexOf(name) !== i)
    .map((name) => `"${name}" stands twice.`);
  if (names.includes(noClass)) problems.push(`"${noClass}" is no class: it takes a class away.`);
  if (names.includes(undecidedClass))
    problems.push(
      `"${undecidedClass}" is the gateway's own: what is new is redacted until somebody decides.`,
    );
  for (const pattern of patterns)
    if (!known.has(pattern.class))
      problems.push(`The pattern "${pattern.column}" names no class: "${pattern.class}".`);
  for (const [target, map] of maps) {
    const used = new Set(Object.values(map).flatMap((columns) => Object.values(columns)));
    for (const name of used)
      if (!known.has(name)) problems.push(`"${target}" still uses the class "${name}".`);
  }
  refuse(problems);
}

function refuse(problems: readonly string[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length === 1 ? "" : ` And ${problems.length - 1} more.`;
  throw new Refusal("classes_invalid", `${first}${more}`, {
    hint: "Names are those of the catalog, relations with their schema: public.customers.",
    extra: { problems: problems.slice(0, maxProblems) },
  });
}
