import { expect, test } from "vitest";
import type { Relation } from "../../shared/nouns/catalog.ts";
import { changes, classified, firstColumns, withClass } from "./class-map.ts";

const column = (name: string, dataClass?: string) => ({
  number: 1,
  name,
  type: "text",
  typeOid: 25,
  notNull: false,
  hasDefault: false,
  generated: false,
  ...(dataClass && { class: dataClass, classSource: "pattern" as const }),
});
const relation = (name: string, kind: Relation["kind"], columns: ReturnType<typeof column>[]): Relation => ({
  oid: 1,
  schema: "public",
  name,
  kind,
  columns,
  primaryKey: [],
  foreignKeys: [],
  indexes: [],
  parents: [],
  estimatedRows: 0,
  hasRules: false,
  hasRowSecurity: false,
  triggers: [],
  dependsOn: [],
});
const relations = [
  relation("orders", "table", [column("id"), column("note")]),
  relation("customers", "table", [column("id"), column("email", "email")]),
  relation("orders_id_seq", "sequence", [column("last_value")]),
];

test("columns are found by relation, name or class; sequences hold nothing to classify", () => {
  const names = (filter: string, only = false, map = {}) =>
    classified(relations, map, filter, only).map(
      (one) => `${one.relation}:${one.columns.map((c) => c.column.name).join()}`,
    );
  expect(names("")).toEqual(["public.customers:id,email", "public.orders:id,note"]);
  expect(names("email")).toEqual(["public.customers:email"]);
  expect(names("orders note")).toEqual(["public.orders:note"]);
  expect(names("", true)).toEqual(["public.customers:email"]);
  expect(names("", true, { "public.customers": { email: "none" } })).toEqual([]);
});
test("setting and clearing leave the rest alone and no empty relation behind", () => {
  const map = withClass({ a: { x: "email" } }, "b", "y", "card");
  expect(map).toEqual({ a: { x: "email" }, b: { y: "card" } });
  expect(withClass(map, "b", "y", undefined)).toEqual({ a: { x: "email" } });
  expect(changes({ a: { x: "email" } }, map)).toBe(1);
  expect(changes(map, map)).toBe(0);
});
test("a long list is cut after so many columns, not relations", () => {
  const found = classified(relations, {}, "", false);
  expect(firstColumns(found, 3).map(({ columns }) => columns.length)).toEqual([2, 1]);
  expect(firstColumns(found, 2)).toHaveLength(1);
});
