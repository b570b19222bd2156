import { z } from "zod";
import { Actor } from "../../shared/nouns/actor.ts";
import { Catalog, DataClass } from "../../shared/nouns/catalog.ts";
import { PostgresTarget, Target } from "../../shared/nouns/target.ts";
import { createUnderstandSql } from "../../server/gate/understand-sql.ts";
import { compilePolicies } from "../../server/policy/policies.ts";
import { createParser } from "../../server/protocols/postgres/parse/parser.ts";
import type { Gateway } from "./gateway.ts";
import { median } from "./measure.ts";

/** What facts, decision and rewriting of one command cost in this process, in microseconds. */
export type UnderstandingCost = { command: string; coldMicros: number; cachedMicros: number };

const commands: { command: string; target: string; sql: (n: number) => string }[] = [
  {
    command: "point query",
    target: "bench",
    sql: (n) => `select id, note, amount, email, card from bench_rows where id = ${n}`,
  },
  {
    command: "join of four relations",
    target: "shop",
    sql: (n) =>
      `select c.email, count(*) as orders, max(o.created_at) as latest from customers c
       join orders o on o.customer_id = c.id join order_items i on i.order_id = o.id
       join products p on p.id = i.product_id where p.category = 'books' and o.id > ${n}
       group by c.email order by orders desc limit 50`,
  },
];
const warmUp = 200;

/**
 * The gate's own code with the catalog, classes and policies of a running gateway. Cold: a text that nobody has asked
 * before, parse included. Cached: the same text again, as a client with parameters sends it.
 */
export async function measureUnderstanding(gateway: Gateway, samples: number): Promise<UnderstandingCost[]> {
  const [admin, engineer] = await Promise.all([gateway.token("demo-admin"), gateway.token("demo-engineer")]);
  const { text } = z.object({ text: z.string() }).parse(await gateway.call(admin, "GET", "/api/policies"));
  const { classes } = z
    .object({ classes: z.array(DataClass) })
    .parse(await gateway.call(admin, "GET", "/api/classes"));
  const { targets } = z
    .object({ targets: z.array(z.object({ settings: Target })) })
    .parse(await gateway.call(admin, "GET", "/api/targets"));
  const me = await gateway.call(engineer, "GET", "/api/me");
  const person = "mara.lindqvist";
  const actor = Actor.parse({ ...(me as object), issuer: gateway.origin, subject: person, person });

  const catalogs = new Map<string, Catalog>();
  for (const { settings } of targets.filter((each) => each.settings.kind === "postgres"))
    catalogs.set(
      settings.name,
      Catalog.parse(await gateway.call(engineer, "GET", `/api/targets/${settings.name}/schema`)),
    );
  const policies = compilePolicies(text, 1);
  const parser = createParser();
  try {
    const understand = createUnderstandSql({
      parser,
      now: Date.now,
      tokenKey: () => "bench",
      policies: { current: async () => policies },
      targets: {
        dataClasses: async () => classes,
        async catalog({ name }) {
          const catalog = catalogs.get(name);
          if (!catalog) throw new Error(`there is no catalog of ${name}`);
          return catalog;
        },
      },
    });
    const costs: UnderstandingCost[] = [];
    for (const { command, target: name, sql } of commands) {
      const target = PostgresTarget.parse(targets.find(({ settings }) => settings.name === name)?.settings);
      const time = async (text: string): Promise<number> => {
        const started = performance.now();
        const { decision } = await understand({
          actor,
          target,
          sql: text,
          parameters: [],
          session: undefined,
          lookups: async (values) => values,
        });
        const took = (performance.now() - started) * 1_000;
        if (decision.effect === "block") throw new Error(`${text}: ${decision.reasons.join(" ")}`);
        return took;
      };
      const cold: number[] = [];
      const cached: number[] = [];
      for (let n = 1; n <= warmUp + samples; n++) {
        const [first, second] = [await time(sql(n)), await time(sql(n))];
        if (n > warmUp) {
          cold.push(first);
          cached.push(second);
        }
      }
      costs.push({ command, coldMicros: median(cold), cachedMicros: median(cached) });
    }
    return costs;
  } finally {
    parser.close();
  }
}
