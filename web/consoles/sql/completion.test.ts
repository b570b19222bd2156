import { describe, expect, it } from "vitest";
import type { Catalog, Relation } from "../../../shared/nouns/catalog.ts";
import { complete, quoted } from "./completion.ts";

const relation = (oid: number, schema: string, name: string, columns: string[]): Relation => ({
  oid,
  schema,
  name,
  kind: "table",
  columns: columns.map((column, index) => ({
    number: index + 1,
    name: column,
    type: "text",
    typeOid: 25,
    notNull: false,
    hasDefault: false,
    generated: false,
  })),
  primaryKey: [],
  foreignKeys: [],
  indexes: [],
  parents: [],
  estimatedRows: 1,
  hasRules: false,
  hasRowSecurity: false,
  triggers: [],
  dependsOn: [],
});
const catalog: Catalog = {
  revision: "1",
  readAt: "2026-01-01T00:00:00.000Z",
  serverVersion: 180000,
  database: "shop",
  searchPath: ["public"],
  relations: [
    relation(1, "public", "customers", ["id", "email"]),
    relation(2, "public", "orders", ["id", "customer_id"]),
    relation(3, "audit", "Log Book", ["at"]),
  ],
  functions: [],
  operators: [],
  types: [],
};
const labels = (marked: string, kind: string) =>
  complete(marked.replace("|", ""), marked.indexOf("|"), catalog)
    .filter((suggestion) => suggestion.kind === kind)
    .map(({ insert }) => insert);

describe("completion", () => {
  it("offers relations after FROM and JOIN, qualified and quoted where they must be", () => {
    expect(labels("select * from |", "relation")).toEqual(["customers", "orders", 'audit."Log Book"']);
    expect(labels("select * from customers c join ord|", "relation")).toContain("orders");
    expect(labels("select * from customers, |", "relation")).toContain("orders");
  });
  it("offers the columns of what an alias stands for, also before FROM is typed after it", () => {
    expect(labels("select c.| from customers as c", "column")).toEqual(["id", "email"]);
    expect(labels("select * from orders o where o.cu|", "column")).toEqual(["id", "customer_id"]);
  });
  it("offers the relations of a schema after its dot", () => {
    expect(labels("select * from audit.|", "relation")).toEqual(['"Log Book"']);
  });
  it("offers the columns of the statement's relations elsewhere, and not those of another statement", () => {
    expect(labels("select * from orders; select | from customers", "column")).toEqual(["id", "email"]);
  });
  it("quotes names that need it", () => {
    expect(quoted("a_1")).toBe("a_1");
    expect(quoted('A"b')).toBe('"A""b"');
  });
});
