import { expect, test } from "vitest";
import type { Catalog, DataClass } from "../../shared/nouns/catalog.ts";
import { classesOfFields, maskedFields } from "./result-columns.ts";

const column = (number: number, name: string, dataClass?: string) => ({
  number,
  name,
  type: "text",
  typeOid: 25,
  notNull: false,
  hasDefault: false,
  generated: false,
  ...(dataClass === undefined ? {} : { class: dataClass }),
});
const catalog: Catalog = {
  revision: "",
  readAt: "",
  serverVersion: 180000,
  database: "",
  searchPath: [],
  functions: [],
  operators: [],
  types: [],
  relations: [
    {
      oid: 7,
      schema: "public",
      name: "t",
      kind: "table",
      columns: [column(1, "id"), column(2, "email", "email")],
      primaryKey: [],
      foreignKeys: [],
      indexes: [],
      parents: [],
      estimatedRows: 0,
      hasRules: false,
      hasRowSecurity: false,
      triggers: [],
      dependsOn: [],
    },
  ],
};
const card: DataClass = { name: "card", description: "", mask: { kind: "last", count: 4 }, lookup: false };
const hidden = new Map([["card", card]]);
const fields = [
  { name: "id", typeOid: 25, tableOid: 7, columnNumber: 1 },
  { name: "email", typeOid: 25, tableOid: 7, columnNumber: 2 },
  { name: "card", typeOid: 25, tableOid: 0, columnNumber: 0 },
  { name: "u", typeOid: 25, tableOid: 0, columnNumber: 0 },
  { name: "one", typeOid: 25, tableOid: 0, columnNumber: 0 },
];
const origins = [
  { field: "card", classes: ["card"], derived: false },
  { field: "u", classes: ["card"], derived: true },
  { field: "elsewhere", classes: ["card"], derived: false },
];

test("a field is told as masked, seen in clear, or without a class", () => {
  expect(classesOfFields(fields, origins, catalog, hidden)).toEqual([
    {},
    { class: "email", masked: false },
    { class: "card", masked: true },
    { class: "card", masked: true },
    {},
  ]);
});

test("the journal hears which rule masked which field", () => {
  expect(maskedFields(fields, origins, hidden)).toEqual([
    { field: "card", class: "card", by: "source", rule: "last" },
    { field: "u", class: "card", by: "source", rule: "expression" },
  ]);
});
