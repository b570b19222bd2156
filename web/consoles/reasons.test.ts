import { expect, test } from "vitest";
import { SqlFacts } from "../../shared/nouns/facts.ts";
import { reasonsOf } from "./reasons.ts";

const facts = SqlFacts.parse({
  ...{ kind: "sql", statements: 1, actions: ["sql.select"], writes: false, reads: [], changes: [] },
  ...{ functions: [], classes: [], classesChanged: [], bounded: true, bulk: false, lookups: [], effects: [] },
  ...{ sessionChanges: [], parameters: 0, summary: "SELECT on custmers", subject: "custmers" },
  ...{ opaque: true, opaqueReasons: ["relation custmers is not in the catalog"] },
});

test("a name that nobody knows stands before what the policy says of all that cannot be known", () => {
  const said = "What this command does cannot be known before it runs.";
  const named = "Relation custmers is not in the catalog.";
  expect(reasonsOf({ reasons: [said, named], facts })).toEqual([named, said]);
  expect(reasonsOf({ reasons: [said, "It changes public.orders."] })).toEqual([
    said,
    "It changes public.orders.",
  ]);
});
