import { Refusal } from "../../shared/contract/errors.ts";
import type { Relation } from "../../shared/nouns/catalog.ts";
import type { StatementMeaning } from "../protocols/postgres/facts/meaning.ts";
import { hiddenColumns, hiding, nameOf } from "./hidden.ts";
import type { RewriteInput } from "./rewrite.ts";
import { list, offset, open, part, walk, word, type Node } from "./tree.ts";

/**
 * Throws `masking_refused` where an upsert would change the row that holds a hidden value: that tells which row it is,
 * as a look-up does. It is allowed where look-ups of the class are, with values that can be counted (`probesOf` counts
 * them). DO NOTHING tells no more than the insert alone.
 */
export function refuseUpserts(
  tree: unknown,
  statement: StatementMeaning,
  protectedRelations: ReadonlyMap<number, Relation>,
  { hidden, lookups }: RewriteInput,
): void {
  walk(tree, (kind, body) => {
    const conflict = part(body, "onConflictClause");
    if (kind !== "InsertStmt" || word(conflict, "action") !== "ONCONFLICT_UPDATE") return;
    const at = offset(part(body, "relation"));
    const site = statement.sites.find(({ span }) => span.start <= at && at < span.end);
    const relation = site && protectedRelations.get(site.relation);
    if (relation === undefined) return;
    const arbiters = arbitersOf(part(conflict, "infer"), relation);
    const isCounted =
      statement.node !== "PrepareStmt" &&
      list(open(body["selectStmt"])?.body ?? {}, "valuesLists").length > 0;
    for (const column of hiddenColumns(relation, hidden)) {
      if (arbiters !== undefined && !arbiters.has(column.name)) continue;
      const mayLookUp = lookups && column.derived !== true && hiding(column, hidden)?.class.lookup === true;
      if (mayLookUp && isCounted) continue;
      throw new Refusal(
        "masking_refused",
        `${nameOf(relation)}.${column.name} is hidden from you, and ON CONFLICT ... DO UPDATE would find the row that holds a value of it.`,
        {
          hint: mayLookUp
            ? `Write the values of ${column.name} in VALUES, so that they can be counted, or ON CONFLICT DO NOTHING.`
            : `Write ON CONFLICT DO NOTHING, or name a key that you may see${relation.primaryKey.length === 0 ? "" : `, such as ${relation.primaryKey.join(", ")}`}, in the place of ${column.name}.`,
        },
      );
    }
  });
}

/** The columns whose conflict is answered; undefined where the catalog does not tell. */
function arbitersOf(infer: Node, { indexes }: Relation): ReadonlySet<string> | undefined {
  const constraint = word(infer, "conname");
  if (constraint === undefined)
    return new Set(list(infer, "indexElems").flatMap((each) => word(open(each)?.body ?? {}, "name") ?? []));
  const index = indexes.find(({ name }) => name === constraint);
  // An index names columns as SQL does; one over an expression may be over any.
  return index?.columns.every((column) => /^[a-z_][a-z_0-9$]*$/.test(column))
    ? new Set(index.columns)
    : undefined;
}
