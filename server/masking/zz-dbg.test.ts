import { test } from "vitest";
import { openShop } from "./corpus/harness.ts";
import { describe as d } from "../protocols/postgres/facts/describe.ts";
import { createParser } from "../protocols/postgres/parse/parser.ts";
test("x", async () => {
  const s = await openShop("a");
  const p = createParser({ workers: 1 });
  for (const sql of process.env.Q!.split(";;")) {
    const m = d(await p.parse(sql), s.catalog);
    console.log(sql, JSON.stringify(m.statements, null, 0));
  }
  p.close();
  await s.close();
});
