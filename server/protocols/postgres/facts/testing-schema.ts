import type { Catalog, Relation } from "../../../../shared/nouns/catalog.ts";

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const full = ({ schema, name }: { schema: string; name: string }): string =>
  `${quote(schema)}.${quote(name)}`;

function create(relation: Relation, byOid: Map<number, Relation>): string {
  if (relation.kind === "view") return `CREATE VIEW ${full(relation)} AS ${relation.definition ?? ""}`;
  if (relation.kind === "matview")
    return `CREATE MATERIALIZED VIEW ${full(relation)} AS ${relation.definition ?? ""}`;
  if (relation.kind === "sequence") return `CREATE SEQUENCE ${full(relation)}`;
  const [parent] = relation.parents.flatMap((oid) => byOid.get(oid) ?? []);
  if (parent?.kind === "partitioned") {
    const year = Number(relation.name.slice(-4));
    return `CREATE TABLE ${full(relation)} PARTITION OF ${full(parent)} FOR VALUES FROM ('${year}-01-01') TO ('${year + 1}-01-01')`;
  }
  const columns = relation.columns.map(
    ({ name, type, notNull }) => `${quote(name)} ${type}${notNull ? " NOT NULL" : ""}`,
  );
  if (relation.primaryKey.length > 0)
    columns.push(`PRIMARY KEY (${relation.primaryKey.map(quote).join(", ")})`);
  const inherits = parent === undefined ? "" : ` INHERITS (${full(parent)})`;
  const partitioned = relation.kind === "partitioned" ? " PARTITION BY RANGE (shipped_at)" : "";
  return `CREATE TABLE ${full(relation)} (${columns.join(", ")})${inherits}${partitioned}`;
}

/** Statements that make a real database of the testing catalog's shape, for comparing with PostgreSQL itself. */
export function schemaOf(catalog: Catalog): string[] {
  const byOid = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
  const schemas = new Set(catalog.relations.map(({ schema }) => schema));
  return [
    ...[...schemas].map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quote(schema)}`),
    "CREATE TYPE mood AS ENUM ('happy', 'sad')",
    "CREATE TYPE money_pair AS (a numeric, b numeric)",
    "CREATE FUNCTION order_total(bigint) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT 1.0'",
    "CREATE FUNCTION customer_email(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text'",
    "CREATE FUNCTION reveal(bigint) RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text'",
    "CREATE FUNCTION net(numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
    "CREATE FUNCTION cancel_order(bigint) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION hr.headcount() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1::bigint'",
    ...catalog.relations.map((relation) => create(relation, byOid)),
  ].sort((a, b) => Number(!a.startsWith("CREATE SCHEMA")) - Number(!b.startsWith("CREATE SCHEMA")));
}
