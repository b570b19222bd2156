import { test } from "vitest";
import { openShop, throughGate } from "./corpus/harness.ts";
import { attacks } from "./corpus/attacks.ts";
test("x", async () => {
  const s = await openShop("a");
  let out = "";
  if (process.env.Q)
    for (const sql of process.env.Q!.split(";;")) {
      const r = await throughGate(s, sql, [], { lookups: true });
      out +=
        sql +
        "\n   " +
        ("refused" in r ? "REFUSED " + r.refused : r.sql) +
        "\n   " +
        ("answer" in r ? JSON.stringify(r.answer).slice(0, 400) : "") +
        "\n";
    }
  else
    for (const a of attacks) {
      const r = await throughGate(s, a.sql);
      if ("refused" in r) {
        if (a.expect !== "refused" || process.env.R) out += "REFUSED " + a.sql + "\n   " + r.refused + "\n";
        continue;
      }
      if (r.answer.error) {
        const d = await s.run(a.sql);
        if (!d.error) out += "ERR " + a.sql + "\n   " + r.answer.error + "\n";
      }
    }
  console.log(out);
  await s.close();
});
