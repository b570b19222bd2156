import { expect, test } from "vitest";
import type { Proposal } from "../../shared/nouns/discovery.ts";
import { decided, forgotten, sureEnough } from "./class-decisions.ts";

const map = { "public.customers": { email: "email", old: "card" }, "public.left": { a: "card" } };

test("what is gone leaves the map when it is forgotten", () => {
  const gone = [
    { relation: "public.customers", column: "old", class: "card" },
    { relation: "public.left", column: "a", class: "card" },
  ];
  expect(forgotten(map, gone)).toEqual({ "public.customers": { email: "email" } });
});

test("decisions go into the map beside what is there", () => {
  const decisions = [
    { relation: "public.customers", column: "note", class: "none" },
    { relation: "public.orders", column: "iban", class: "iban" },
  ];
  expect(decided(map, decisions)).toEqual({
    "public.customers": { email: "email", old: "card", note: "none" },
    "public.left": { a: "card" },
    "public.orders": { iban: "iban" },
  });
});

test("only what is sure enough, and has a class that there is, is taken at once", () => {
  const evidence = { sampled: 1, present: 1, matched: 1, byName: true, says: "" };
  const proposal = (column: string, confidence: number, defined: boolean): Proposal => ({
    relation: "public.t",
    column,
    type: "text",
    kind: "email",
    class: "email",
    defined,
    confidence,
    evidence,
  });
  const proposals = [proposal("a", 0.9, true), proposal("b", 0.79, true), proposal("c", 0.99, false)];
  expect(sureEnough(proposals, 0.8)).toEqual([{ relation: "public.t", column: "a", class: "email" }]);
});
