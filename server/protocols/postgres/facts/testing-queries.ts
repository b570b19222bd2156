import fc from "fast-check";

/**
 * Random queries over the testing catalog: joins of every kind, shadowing WITH queries, LATERAL, correlated
 * sub-selects, whole rows, aliases. Some are wrong (ambiguous or missing names): PostgreSQL says which.
 */

/** An item of FROM: its name and what it offers. */
type Item = { name: string; columns: string[] };
type Part = { sql: string; items: Item[] };
type Query = { sql: string; columns: string[] };

const tables: Record<string, string[]> = {
  customers: ["id", "name", "email", "card_number", "country"],
  orders: ["id", "customer_id", "status", "note"],
  payments: ["id", "order_id", "card_number", "amount"],
  products: ["id", "name", "price", "category"],
  customer_overview: ["id", "name", "email", "total"],
  vip_customers: ["id", "email", "tier"],
  "hr.employees": ["id", "name", "salary", "manager_id"],
  shipments: ["id", "order_id", "address"],
};
const every = [...new Set(Object.values(tables).flat())];
const names = ["a", "b", "c", "d", "customers", "orders"];
const pick = <Value>(values: readonly Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);

/** A reference to a column of one of the items: qualified, bare, as a field of the row, or something of no item. */
const reference = (items: readonly Item[]): fc.Arbitrary<{ sql: string; name: string }> =>
  pick(items).chain(({ name: item, columns }) =>
    fc.oneof(
      { weight: 5, arbitrary: pick(columns).map((name) => ({ sql: `${item}.${name}`, name })) },
      { weight: 3, arbitrary: pick(columns).map((name) => ({ sql: name, name })) },
      { weight: 2, arbitrary: pick(columns).map((name) => ({ sql: `(${item}).${name}`, name })) },
      { weight: 1, arbitrary: fc.constant({ sql: `${item}::text`, name: "whole" }) },
      { weight: 1, arbitrary: pick(every).map((name) => ({ sql: name, name })) },
    ),
  );

const table: fc.Arbitrary<Part> = fc
  .tuple(pick(Object.keys(tables)), fc.option(pick(names), { nil: undefined }), fc.boolean(), fc.nat(9))
  .map(([relation, alias, only, rename]) => {
    const own = tables[relation] ?? [];
    const name = alias ?? relation.replace("hr.", "");
    const renamed = alias !== undefined && rename === 0;
    const sql = `${only ? "ONLY " : ""}${relation}${alias === undefined ? "" : ` AS ${alias}${renamed ? "(z, y)" : ""}`}`;
    return { sql, items: [{ name, columns: renamed ? ["z", "y"] : own }] };
  });

function join(depth: number): fc.Arbitrary<Part> {
  const kinds = ["JOIN", "LEFT JOIN", "FULL JOIN", "CROSS JOIN", "NATURAL JOIN"];
  const alias = fc.option(pick(["j", "k"]), { nil: undefined, freq: 4 });
  return fc
    .tuple(from(depth - 1), from(depth - 1), pick(kinds), fc.boolean(), alias)
    .map(([left, right, kind, using, named]) => {
      const [a, b] = [
        left.items.flatMap(({ columns }) => columns),
        right.items.flatMap(({ columns }) => columns),
      ];
      const shared = a.find((name) => b.includes(name));
      const free = kind.startsWith("CROSS") || kind.startsWith("NATURAL");
      const [l, r] = [left.items[0], right.items[0]];
      const on = `${l?.name}.${l?.columns[0]}::text = ${r?.name}.${r?.columns[0]}::text`;
      const condition = free ? "" : using && shared !== undefined ? ` USING (${shared})` : ` ON ${on}`;
      const sql = `${left.sql} ${kind} ${right.sql}${condition}`;
      return named === undefined
        ? { sql: `(${sql})`, items: [...left.items, ...right.items] }
        : { sql: `(${sql}) AS ${named}`, items: [{ name: named, columns: [...new Set([...a, ...b])] }] };
    });
}

function from(depth: number): fc.Arbitrary<Part> {
  if (depth <= 0) return table;
  const sub = fc
    .tuple(query(depth - 1, []), pick(names))
    .map(([{ sql, columns }, name]): Part => ({ sql: `(${sql}) AS ${name}`, items: [{ name, columns }] }));
  const lateral = table.chain((left) =>
    fc.tuple(query(depth - 1, left.items), pick(["l", "m"])).map(([{ sql, columns }, name]): Part => ({
      sql: `${left.sql} CROSS JOIN LATERAL (${sql}) AS ${name}`,
      items: [...left.items, { name, columns }],
    })),
  );
  return fc.oneof(
    { weight: 4, arbitrary: table },
    { weight: 1, arbitrary: sub },
    { weight: 3, arbitrary: join(depth) },
    { weight: 1, arbitrary: lateral },
  );
}

function body(depth: number, source: Part, outer: readonly Item[]): fc.Arbitrary<Query> {
  const visible = [...source.items, ...outer];
  const condition = fc.oneof(
    { weight: 2, arbitrary: reference(visible).map(({ sql }) => ` WHERE ${sql} IS NOT NULL`) },
    { weight: 1, arbitrary: fc.constant("") },
    ...(depth > 0
      ? [{ weight: 1, arbitrary: query(depth - 1, visible).map(({ sql }) => ` WHERE EXISTS (${sql})`) }]
      : []),
  );
  const targets: fc.Arbitrary<Query> = fc.oneof(
    {
      weight: 1,
      arbitrary: fc.constant({ sql: "*", columns: source.items.flatMap(({ columns }) => columns) }),
    },
    { weight: 1, arbitrary: pick(source.items).map(({ name, columns }) => ({ sql: `${name}.*`, columns })) },
    {
      weight: 5,
      arbitrary: fc
        .uniqueArray(reference(visible), { minLength: 1, maxLength: 3, selector: ({ name }) => name })
        .map((list) => ({
          sql: list.map(({ sql, name }) => `${sql} AS ${name}`).join(", "),
          columns: list.map(({ name }) => name),
        })),
    },
  );
  const order = fc.option(reference(visible), { nil: undefined, freq: 3 });
  return fc.tuple(targets, condition, order).map(([list, where, by]) => ({
    sql: `SELECT ${list.sql} FROM ${source.sql}${where}${by === undefined ? "" : ` ORDER BY ${by.sql}`}`,
    columns: list.columns.length > 0 ? list.columns : ["x"],
  }));
}

function query(depth: number, outer: readonly Item[]): fc.Arbitrary<Query> {
  const plain = from(depth).chain((source) => body(depth, source, outer));
  if (depth === 0) return plain;
  const withed = fc
    .tuple(query(depth - 1, []), pick([...names, "products"]), fc.boolean())
    .chain(([cte, name, recursive]) => {
      const source: Part = { sql: name, items: [{ name, columns: cte.columns }] };
      const mixed = table.map((other): Part => ({
        sql: `${name} CROSS JOIN ${other.sql}`,
        items: [...source.items, ...other.items],
      }));
      return fc.oneof(fc.constant(source), mixed).chain((each) =>
        body(depth - 1, each, outer).map(({ sql, columns }) => ({
          sql: `WITH ${recursive ? "RECURSIVE " : ""}${name} AS (${cte.sql}) ${sql}`,
          columns,
        })),
      );
    });
  const union = fc.tuple(plain, plain).map(([left, right]): Query => ({
    sql: `(${left.sql}) UNION ALL (${right.sql})`,
    columns: left.columns,
  }));
  return fc.oneof(
    { weight: 5, arbitrary: plain },
    { weight: 2, arbitrary: withed },
    { weight: 1, arbitrary: union },
  );
}

export const generatedQuery: fc.Arbitrary<string> = query(2, []).map(({ sql }) => sql);
