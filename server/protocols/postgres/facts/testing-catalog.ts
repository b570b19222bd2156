import type { Catalog, CatalogFunction, Column, Relation } from "../../../../shared/nouns/catalog.ts";

/**
 * A shop's catalog made by hand, for tests: classified columns, a view, a materialised view, partitions, inheritance,
 * a foreign table, triggers, rules and functions of every reach.
 */

type ColumnSpec = string;

const typeOids: Record<string, number> = {
  bigint: 20,
  integer: 23,
  text: 25,
  boolean: 16,
  numeric: 1700,
  date: 1082,
  jsonb: 3802,
  "timestamp with time zone": 1184,
  bytea: 17,
};

/** `name type [!] [#class]`: `!` is NOT NULL. */
function column(spec: ColumnSpec, index: number): Column {
  const dataClass = /#([\w-]+)/.exec(spec)?.[1];
  const notNull = spec.includes("!");
  const [name = "", ...type] = spec
    .replace(/[#][\w-]+|!/g, "")
    .trim()
    .split(" ");
  const typeName = type.join(" ");
  return {
    number: index + 1,
    name,
    type: typeName,
    typeOid: typeOids[typeName] ?? 25,
    notNull,
    hasDefault: name === "id",
    generated: false,
    ...(dataClass === undefined ? {} : { class: dataClass, classSource: "map" as const }),
  };
}

type RelationSpec = Partial<Omit<Relation, "columns">> & { oid: number; name: string; columns: ColumnSpec[] };

function relation({ columns, ...spec }: RelationSpec): Relation {
  return {
    schema: "public",
    kind: "table",
    primaryKey: columns.some((each) => each.startsWith("id ")) ? ["id"] : [],
    foreignKeys: [],
    indexes: columns.some((each) => each.startsWith("id "))
      ? [{ name: `${spec.name}_pkey`, unique: true, columns: ["id"] }]
      : [],
    parents: [],
    estimatedRows: 100,
    hasRules: false,
    hasRowSecurity: false,
    triggers: [],
    dependsOn: [],
    ...spec,
    columns: columns.map(column),
  };
}

const foreignKey = (column: string, references: string) => ({
  name: `${column}_fkey`,
  columns: [column],
  references,
  referencedColumns: ["id"],
});

const customerColumns = [
  "id bigint !",
  "name text ! #name",
  "email text ! #email",
  "card_number text #card",
  "iban text #iban",
  "phone text #phone",
  "birth_date date #birth-date",
  "profile jsonb #profile",
  "country text !",
  "created_at timestamp with time zone !",
];

const shipmentColumns = ["id bigint !", "order_id bigint !", "address text #address", "shipped_at date !"];

const relations: Relation[] = [
  relation({
    oid: 16401,
    name: "customers",
    columns: customerColumns,
    estimatedRows: 50_000,
    indexes: [
      { name: "customers_pkey", unique: true, columns: ["id"] },
      { name: "customers_email_key", unique: true, columns: ["email"] },
      { name: "customers_country_idx", unique: false, columns: ["country"] },
    ],
    triggers: [
      {
        name: "touch",
        function: 17001,
        definition:
          "CREATE TRIGGER touch BEFORE UPDATE ON public.customers FOR EACH ROW EXECUTE FUNCTION touch()",
      },
    ],
  }),
  relation({
    oid: 16402,
    name: "orders",
    columns: [
      "id bigint !",
      "customer_id bigint !",
      "status text !",
      "total numeric !",
      "note text",
      "created_at timestamp with time zone !",
    ],
    estimatedRows: 200_000,
    foreignKeys: [foreignKey("customer_id", "public.customers")],
  }),
  relation({
    oid: 16403,
    name: "order_items",
    columns: ["order_id bigint !", "product_id bigint !", "quantity integer !", "price numeric !"],
    estimatedRows: 600_000,
    primaryKey: ["order_id", "product_id"],
    indexes: [{ name: "order_items_pkey", unique: true, columns: ["order_id", "product_id"] }],
    foreignKeys: [foreignKey("order_id", "public.orders"), foreignKey("product_id", "public.products")],
  }),
  relation({
    oid: 16404,
    name: "products",
    columns: ["id bigint !", "name text !", "price numeric !", "category text"],
    estimatedRows: 500,
  }),
  relation({
    oid: 16405,
    name: "payments",
    columns: [
      "id bigint !",
      "order_id bigint !",
      "card_number text #card",
      "amount numeric !",
      "paid_at timestamp with time zone",
    ],
    estimatedRows: 180_000,
    foreignKeys: [foreignKey("order_id", "public.orders")],
  }),
  relation({
    oid: 16406,
    schema: "hr",
    name: "employees",
    columns: [
      "id bigint !",
      "name text ! #name",
      "email text ! #email",
      "salary numeric ! #salary",
      "manager_id bigint",
      "department text",
    ],
    estimatedRows: 300,
    foreignKeys: [foreignKey("manager_id", "hr.employees")],
  }),
  relation({
    oid: 16407,
    name: "customer_overview",
    kind: "view",
    columns: ["id bigint", "name text #name", "email text #email", "orders bigint", "total numeric"],
    primaryKey: [],
    indexes: [],
    estimatedRows: -1,
    definition:
      "SELECT c.id, c.name, c.email, count(o.id) AS orders, sum(o.total) AS total FROM customers c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.id",
    dependsOn: [
      { relation: 16401, column: 1 },
      { relation: 16401, column: 2 },
      { relation: 16401, column: 3 },
      { relation: 16402, column: 1 },
      { relation: 16402, column: 2 },
      { relation: 16402, column: 4 },
    ],
  }),
  relation({
    oid: 16408,
    name: "monthly_revenue",
    kind: "matview",
    columns: ["month date", "revenue numeric", "orders bigint"],
    estimatedRows: 60,
    definition:
      "SELECT date_trunc('month', created_at)::date AS month, sum(total) AS revenue, count(*) AS orders FROM orders GROUP BY 1",
    dependsOn: [
      { relation: 16402, column: 4 },
      { relation: 16402, column: 6 },
    ],
  }),
  relation({
    oid: 16409,
    name: "shipments",
    kind: "partitioned",
    columns: shipmentColumns,
    primaryKey: [],
    indexes: [],
    estimatedRows: -1,
  }),
  relation({
    oid: 16410,
    name: "shipments_2025",
    columns: shipmentColumns,
    estimatedRows: 40_000,
    parents: [16409],
  }),
  relation({
    oid: 16411,
    name: "shipments_2026",
    columns: shipmentColumns,
    estimatedRows: 30_000,
    parents: [16409],
  }),
  relation({
    oid: 16412,
    name: "partner_orders",
    kind: "foreign",
    columns: ["id bigint", "email text #email"],
    estimatedRows: -1,
  }),
  relation({
    oid: 16413,
    name: "vip_customers",
    columns: [...customerColumns, "tier text"],
    parents: [16401],
    estimatedRows: 40,
  }),
  relation({
    oid: 16414,
    name: "audit_log",
    columns: ["id bigint !", "message text", "at timestamp with time zone"],
    estimatedRows: 900,
    hasRules: true,
  }),
  relation({
    oid: 16415,
    name: "Weird Näme",
    columns: ["id bigint !", "Secret text #secret", "select text"],
    estimatedRows: 5,
  }),
  relation({
    oid: 16416,
    schema: "archive",
    name: "customers",
    columns: customerColumns,
    estimatedRows: 90_000,
  }),
  relation({
    oid: 16417,
    name: "settings",
    columns: ["key text !", "value text"],
    primaryKey: ["key"],
    estimatedRows: 20,
  }),
  relation({
    oid: 16418,
    name: "orders_id_seq",
    kind: "sequence",
    columns: ["last_value bigint", "is_called boolean"],
    estimatedRows: 1,
  }),
  relation({
    oid: 16419,
    name: "tickets",
    columns: ["id bigint !", "body text"],
    estimatedRows: 70,
    triggers: [
      {
        name: "forward",
        function: 17005,
        definition:
          "CREATE TRIGGER forward AFTER INSERT OR DELETE ON public.tickets FOR EACH ROW EXECUTE FUNCTION forward()",
      },
    ],
  }),
];

function routine(spec: Partial<CatalogFunction> & Pick<CatalogFunction, "oid" | "name">): CatalogFunction {
  return {
    schema: "public",
    arguments: "",
    returns: "integer",
    language: "sql",
    kind: "function",
    volatility: "stable",
    definer: false,
    returnsTrigger: false,
    reach: "clear",
    touches: [],
    writes: false,
    ...spec,
  };
}

const functions: CatalogFunction[] = [
  routine({
    oid: 17001,
    name: "touch",
    language: "plpgsql",
    returns: "trigger",
    returnsTrigger: true,
    volatility: "volatile",
  }),
  routine({
    oid: 17002,
    name: "order_total",
    arguments: "order_id bigint",
    returns: "numeric",
    touches: ["public.orders"],
  }),
  routine({
    oid: 17003,
    name: "customer_email",
    arguments: "id bigint",
    returns: "text",
    reach: "classified",
    touches: ["public.customers"],
  }),
  routine({
    oid: 17004,
    name: "reveal",
    arguments: "id bigint",
    returns: "text",
    definer: true,
    reach: "classified",
    touches: ["public.customers"],
  }),
  routine({
    oid: 17005,
    name: "forward",
    language: "c",
    returns: "trigger",
    returnsTrigger: true,
    volatility: "volatile",
    reach: "opaque",
  }),
  routine({
    oid: 17006,
    name: "run_report",
    language: "plpgsql",
    arguments: "name text",
    volatility: "volatile",
    reach: "opaque",
  }),
  routine({
    oid: 17007,
    name: "close_month",
    language: "plpgsql",
    kind: "procedure",
    volatility: "volatile",
    writes: true,
    touches: ["public.orders"],
  }),
  routine({
    oid: 17008,
    name: "cancel_order",
    language: "plpgsql",
    arguments: "id bigint",
    volatility: "volatile",
    writes: true,
    touches: ["public.orders"],
  }),
  routine({
    oid: 17009,
    name: "dblink",
    language: "c",
    arguments: "text, text",
    returns: "SETOF record",
    volatility: "volatile",
    reach: "opaque",
    extension: "dblink",
  }),
  routine({
    oid: 17010,
    name: "lower",
    arguments: "money_pair",
    returns: "text",
    volatility: "volatile",
    reach: "opaque",
  }),
  routine({ oid: 17011, schema: "hr", name: "headcount", returns: "bigint" }),
  routine({
    oid: 17012,
    name: "net",
    arguments: "amount numeric",
    returns: "numeric",
    volatility: "immutable",
  }),
];

export const testingCatalog: Catalog = {
  revision: "a".repeat(64),
  readAt: "2026-11-20T00:00:00.000Z",
  serverVersion: 180004,
  database: "shop",
  searchPath: ["public"],
  relations,
  functions,
  operators: ["===", "cast(money_pair as text)"],
  types: [
    { schema: "public", name: "mood", kind: "enum", hasCast: false },
    { schema: "public", name: "money_pair", kind: "composite", hasCast: true },
  ],
};
