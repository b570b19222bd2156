import type { Catalog, Relation } from "../../shared/nouns/catalog.ts";
import { hiddenColumns, nameOf, type Hidden } from "./hidden.ts";
import { isOver } from "./probes.ts";
import { isNode, list, names, open, part, word, type Node } from "./tree.ts";

/** What definitions are judged by: the relations with hidden columns, among all. */
export type Guarded = { relations: Iterable<Relation>; catalog: Catalog; hidden: Hidden };

/** The relations that a reference may mean, of all. */
const meantBy = (range: unknown, { relations }: Catalog): Relation[] => {
  const { body } = open(range) ?? { body: {} };
  const schema = word(body, "schemaname");
  return relations.filter(
    (relation) => relation.name === word(body, "relname") && (schema ?? relation.schema) === relation.schema,
  );
};

/** The relation whose hidden values a new order, index or constraint of rows that are there would tell of. */
export function tellingBy(
  kind: string,
  body: Node,
  { relations, catalog, hidden }: Guarded,
): Relation | undefined {
  const isHidden = (relation: Relation, columns: readonly string[]): boolean =>
    hiddenColumns(relation, hidden).some(({ name }) => columns.includes(name));
  const [altered] = meantBy(body["relation"], catalog);
  const isSortedBy = (relation: Relation, index: string | undefined): boolean => {
    const { columns } = relation.indexes.find(({ name }) => name === index) ?? {};
    return hiddenColumns(relation, hidden).some(
      ({ name }) => columns?.some((each) => isOver(each, name)) ?? true,
    );
  };
  /** The side of a foreign key whose hidden values the other side's would tell. */
  const linkedTo = (own: readonly string[], other: Relation | undefined, columns: readonly string[]) =>
    altered !== undefined && isHidden(altered, own)
      ? altered
      : other !== undefined && isHidden(other, columns)
        ? other
        : undefined;
  if (kind === "ClusterStmt") {
    // Without a name it sorts every table again that was ever sorted; the catalog does not tell by which index.
    if (!isNode(body["relation"]))
      return [...relations].find((one) => one.indexes.some(({ name }) => isSortedBy(one, name)));
    return altered && isSortedBy(altered, word(body, "indexname")) ? altered : undefined;
  }
  if (kind === "IndexStmt") {
    const elements = list(body, "indexParams").map((each) => open(each)?.body ?? {});
    // Beside another column the hidden ones put the rows of an index-only scan in their order.
    const isWhole =
      body["unique"] === true || elements.length + list(body, "indexIncludingParams").length > 1;
    const compared = isWhole ? elements : elements.filter((each) => list(each, "opclass").length > 0);
    const columns = compared.flatMap((each) => word(each, "name") ?? []);
    return altered && isHidden(altered, columns) ? altered : undefined;
  }
  if (kind !== "AlterTableStmt") return undefined;
  for (const command of list(body, "cmds")) {
    const change = open(command)?.body ?? {};
    const name = word(change, "name");
    const defined = open(change["def"]);
    if (word(change, "subtype") === "AT_ClusterOn" && altered !== undefined && isSortedBy(altered, name))
      return altered;
    const valid = altered?.foreignKeys.find((key) => key.name === name);
    if (word(change, "subtype") === "AT_ValidateConstraint" && valid !== undefined) {
      const other = catalog.relations.find((relation) => nameOf(relation) === valid.references);
      const found = linkedTo(valid.columns, other, valid.referencedColumns);
      if (found !== undefined) return found;
    }
    const made = defined?.kind === "ColumnDef" ? list(defined.body, "constraints") : [change["def"]];
    for (const each of made) {
      const constraint = open(each);
      if (constraint?.kind !== "Constraint") continue;
      const compared = [
        ...names(list(constraint.body, "keys")),
        ...list(constraint.body, "exclusions").flatMap((pair) =>
          list(open(pair)?.body ?? {}, "items").flatMap((item) => word(open(item)?.body ?? {}, "name") ?? []),
        ),
      ];
      if (altered !== undefined && isHidden(altered, compared)) return altered;
      if (constraint.body["skip_validation"] === true || !isNode(constraint.body["pktable"])) continue;
      const [other] = meantBy(constraint.body["pktable"], catalog);
      const referenced = names(list(constraint.body, "pk_attrs"));
      const found = linkedTo(
        names(list(constraint.body, "fk_attrs")),
        other,
        referenced.length > 0 ? referenced : (other?.primaryKey ?? []),
      );
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The protected relation whose views, triggers, constraints and indexes run the function that is made or changed anew. */
export function runBy(kind: string, body: Node, { relations, catalog }: Guarded): Relation | undefined {
  if (kind === "CreateFunctionStmt" && body["replace"] !== true) return undefined;
  const written = kind === "CreateFunctionStmt" ? body : part(body, "func");
  const [name, schema] = names(
    list(written, kind === "CreateFunctionStmt" ? "funcname" : "objname"),
  ).toReversed();
  const meant = new Set(
    catalog.functions
      .filter((fn) => fn.name === name && (schema ?? fn.schema) === fn.schema)
      .map(({ oid }) => oid),
  );
  for (const relation of relations) if (relation.runs?.some((oid) => meant.has(oid))) return relation;
  return undefined;
}
