import type { Catalog } from "../../shared/nouns/catalog.ts";
import type { StatementMeaning } from "../protocols/postgres/facts/meaning.ts";
import { classesOf, hiding, indexOf, type Hidden } from "./hidden.ts";
import { outputsOf, type Source, type Taint } from "./taint.ts";
import { isNode, open, walk } from "./tree.ts";

/** A result field that draws from hidden columns, by its name in the answer. */
export type OutputOrigin = { field: string; classes: string[]; derived: boolean };

/** For badges and the journal: which fields of a statement's answer hold masked values. It errs by naming too many. */
export function outputOrigins(
  tree: unknown,
  statement: StatementMeaning,
  catalog: Catalog,
  hidden: Hidden,
): OutputOrigin[] {
  const query = queryOf(tree);
  if (query === undefined) return [];
  const read = new Map(
    statement.sites.flatMap(({ relation: oid }) => {
      const relation = indexOf(catalog).relation(oid);
      return relation === undefined ? [] : [[oid, relation] as const];
    }),
  );
  const sources = [...read.values()].map((relation) => {
    const tainted = new Map<string, Taint>();
    for (const column of relation.columns) {
      const classes = classesOf(column).filter((name) => hidden.has(name));
      if (classes.length > 0 && hiding(column, hidden) !== undefined)
        tainted.set(column.name, { classes: new Set(classes), derived: column.derived ?? false });
    }
    return {
      relation,
      source: { columns: relation.columns.map(({ name }) => name), tainted } satisfies Source,
    };
  });
  const plain: Source = { columns: [], tainted: new Map() };
  const outputs = outputsOf(query, (schema, name) => {
    const meant = sources.filter(
      ({ relation }) => relation.name === name && (schema ?? relation.schema) === relation.schema,
    );
    return meant[0]?.source ?? plain;
  });
  const origins = new Map<string, OutputOrigin>();
  const note = (field: string, taint: Taint) => {
    if (taint.classes.size > 0)
      origins.set(field, { field, classes: [...taint.classes].sort(), derived: taint.derived });
  };
  for (const output of outputs ?? [])
    if ("name" in output) note(output.name, output.taint);
    else for (const [name, taint] of output.star) note(name, taint);
  return [...origins.values()];
}

/** The query whose rows a statement answers. */
function queryOf(tree: unknown): unknown {
  const statement = isNode(tree) ? tree["stmt"] : undefined;
  const opened = open(statement);
  if (opened?.kind === "SelectStmt") return statement;
  let query: unknown;
  if (opened?.kind === "DeclareCursorStmt" || opened?.kind === "PrepareStmt" || opened?.kind === "CopyStmt")
    walk(opened.body, (kind, body) => {
      if (kind === "SelectStmt" && query === undefined) query = { SelectStmt: body };
    });
  return query;
}
