import type { Catalog, Column, Relation } from "../../../shared/nouns/catalog.ts";
import { roughly } from "../../ui/number.ts";
import { quoted } from "./completion.ts";

/** A line of the schema tree. `open` is undefined for leaves. */
export type SchemaNode = {
  id: string;
  kind: "schema" | "relation" | "column" | "function";
  depth: number;
  name: string;
  type?: string;
  note?: string;
  title?: string;
  classes: readonly string[];
  open?: boolean;
  /** What goes into the query for it. */
  insert?: string;
  relation?: Relation;
  column?: Column;
  /** Part of the primary key. */
  key?: boolean;
};

const kindWords: Record<Relation["kind"], string> = {
  table: "table",
  partitioned: "partitioned table",
  view: "view",
  matview: "materialised view",
  foreign: "foreign table",
  sequence: "sequence",
  composite: "composite type",
};

/**
 * The lines that are shown: schemas open at first, relations closed; a filter opens what holds a match. `toggled` has
 * the ids whose state is the other one.
 */
export function schemaNodes(catalog: Catalog, filter: string, toggled: ReadonlySet<string>): SchemaNode[] {
  const wanted = filter.trim().toLowerCase();
  const nodes: SchemaNode[] = [];
  const shown = catalog.relations.filter(({ kind }) => kind !== "sequence" && kind !== "composite");
  const schemas = [...new Set([...shown, ...catalog.functions].map(({ schema }) => schema))];
  const first = (schema: string) => (catalog.searchPath.includes(schema) ? 0 : 1);
  schemas.sort((a, b) => first(a) - first(b) || a.localeCompare(b));
  for (const schema of schemas) {
    const relations = shown
      .filter((each) => each.schema === schema && matches(each, wanted))
      .toSorted((a, b) => kindOrder(a) - kindOrder(b) || a.name.localeCompare(b.name));
    const functions = catalog.functions.filter(
      (each) => each.schema === schema && !each.returnsTrigger && each.name.toLowerCase().includes(wanted),
    );
    if (wanted !== "" && relations.length + functions.length === 0) continue;
    const id = `schema ${schema}`;
    const open = wanted !== "" || toggled.has(id) !== (first(schema) === 0);
    nodes.push({
      id,
      kind: "schema",
      depth: 0,
      name: schema,
      classes: [],
      open,
      ...(open ? {} : { note: String(relations.length) }),
    });
    if (!open) continue;
    const bare = catalog.searchPath.includes(schema);
    for (const relation of relations) nodes.push(...relationNodes(relation, bare, wanted, toggled));
    for (const each of functions)
      nodes.push({
        id: `function ${each.oid}`,
        kind: "function",
        depth: 1,
        name: each.name,
        type: `(${each.arguments})`,
        classes: [],
        insert: bare ? quoted(each.name) : `${quoted(schema)}.${quoted(each.name)}`,
        title: `${each.kind} ${each.name}(${each.arguments}) returns ${each.returns}, ${each.volatility}`,
      });
  }
  return nodes;
}

/** Tables first, then what is derived from them. */
const kindOrder = ({ kind }: Relation) => (kind === "view" || kind === "matview" ? 1 : 0);

function relationNodes(
  relation: Relation,
  bare: boolean,
  wanted: string,
  toggled: ReadonlySet<string>,
): SchemaNode[] {
  const id = `relation ${relation.oid}`;
  const named = relation.name.toLowerCase().includes(wanted);
  const open = toggled.has(id) !== (wanted !== "" && !named);
  const classes = new Set(
    relation.columns.flatMap((column) => (column.class === undefined ? [] : [column.class])),
  );
  const head: SchemaNode = {
    id,
    kind: "relation",
    depth: 1,
    name: relation.name,
    classes: open || classes.size === 0 ? [] : [String(classes.size)],
    open,
    relation,
    insert: bare ? quoted(relation.name) : `${quoted(relation.schema)}.${quoted(relation.name)}`,
    title: `${kindWords[relation.kind]} ${relation.schema}.${relation.name}${relation.comment === undefined ? "" : `: ${relation.comment}`}`,
    ...(relation.estimatedRows >= 0 ? { note: roughly(relation.estimatedRows) } : {}),
  };
  if (!open) return [head];
  const columns = relation.columns
    .filter((column) => named || column.name.toLowerCase().includes(wanted))
    .map((column): SchemaNode => ({
      id: `${id} ${column.number}`,
      kind: "column",
      depth: 2,
      name: column.name,
      type: shortType(column.type),
      classes: column.class === undefined ? [] : [column.class],
      insert: quoted(column.name),
      column,
      key: relation.primaryKey.includes(column.name),
      title: `${column.name} ${column.type}${column.notNull ? ", not null" : ""}${column.comment === undefined ? "" : `: ${column.comment}`}`,
    }));
  return [head, ...columns];
}

function matches(relation: Relation, wanted: string): boolean {
  return (
    relation.name.toLowerCase().includes(wanted) ||
    relation.columns.some(({ name }) => name.toLowerCase().includes(wanted))
  );
}

const shortTypes: readonly (readonly [RegExp, string])[] = [
  [/^timestamp with time zone/u, "timestamptz"],
  [/^timestamp without time zone/u, "timestamp"],
  [/^character varying/u, "varchar"],
  [/^character\(/u, "char("],
  [/^double precision/u, "float8"],
  [/^bigint$/u, "int8"],
  [/^integer$/u, "int4"],
  [/^smallint$/u, "int2"],
  [/^boolean$/u, "bool"],
];

function shortType(type: string): string {
  for (const [long, short] of shortTypes) if (long.test(type)) return type.replace(long, short);
  return type;
}
