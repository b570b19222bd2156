import { Client } from "pg";
import { continueIdentities, draw, fill } from "./fill.ts";
import { customer, employee } from "./people.ts";
import { seededRandom } from "./random.ts";
import { constraints, tables } from "./schema.ts";

export const customerCount = 48_200;
const employeeCount = 240;
const batch = 12_050;
const dayMs = 86_400_000;
/** Three years of orders: 36 whole months and the one that runs. */
const historyYears = 3;

/**
 * Fills an empty database with the made-up shop, in one transaction: a killed seed leaves nothing. Rows are the
 * same at every seed; times lie in the three years before `asOf`. `url` is the owner's. Does nothing where the
 * shop is there. True: it was made.
 */
export async function seedShop(options: {
  url: string;
  asOf: Date;
  log: (line: string) => void;
}): Promise<boolean> {
  const client = new Client({ connectionString: options.url });
  await client.connect();
  try {
    const { rows } = await client.query("select 1 where to_regclass('public.customers') is not null");
    if (rows.length > 0) return false;
    await client.query("begin");
    options.log("Making the demo shop: customers");
    await client.query(tables);
    await client.query(draw);
    await insertPeople(client, options.asOf);
    options.log("Making the demo shop: orders, payments, shipments");
    const last = new Date(Math.floor(options.asOf.getTime() / dayMs) * dayMs);
    const first = new Date(Date.UTC(last.getUTCFullYear() - historyYears, last.getUTCMonth(), 1));
    await client.query(partitions(first.getUTCFullYear(), last.getUTCFullYear() + 1));
    await client.query(fill(first.toISOString(), Math.round((last.getTime() - first.getTime()) / dayMs)));
    options.log("Making the demo shop: keys, views, functions");
    await client.query(constraints);
    await client.query(continueIdentities);
    await client.query("commit");
    await client.query("vacuum (analyze)");
    return true;
  } finally {
    await client.end();
  }
}

const partitions = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)
    .map(
      (year) =>
        `create table fulfilment.shipments_${year} partition of fulfilment.shipments
           for values from ('${year}-01-01') to ('${year + 1}-01-01');`,
    )
    .join("\n");

async function insertPeople(client: Client, asOf: Date): Promise<void> {
  const random = seededRandom(2026);
  for (let from = 1; from <= customerCount; from += batch) {
    const people = Array.from({ length: Math.min(batch, customerCount - from + 1) }, (_, i) =>
      customer(random, from + i),
    );
    await client.query(
      `insert into customers (id, name, email, phone, card_number, iban, birth_date, country, profile, created_at)
       select $1::bigint + n - 1, name, email, phone, card_number, iban, birth_date, country, profile,
              $2::timestamptz - interval '5 years' + pg_temp.draw($1::bigint + n, 80, 1800) * interval '1 day'
       from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[], $9::text[], $10::jsonb[])
            with ordinality as p (name, email, phone, card_number, iban, birth_date, country, profile, n)`,
      [
        from,
        asOf,
        people.map((p) => p.name),
        people.map((p) => p.email),
        people.map((p) => p.phone),
        people.map((p) => p.cardNumber),
        people.map((p) => p.iban),
        people.map((p) => p.birthDate),
        people.map((p) => p.country),
        people.map((p) => p.profile),
      ],
    );
  }
  const staff = Array.from({ length: employeeCount }, (_, i) => employee(random, i + 1));
  await client.query(
    `insert into employees (id, name, email, national_id, birth_date, department, salary, iban, manager_id)
     select n, name, email, national_id, birth_date, department, salary, iban, manager_id
     from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[], $6::numeric[], $7::text[], $8::bigint[])
          with ordinality as p (name, email, national_id, birth_date, department, salary, iban, manager_id, n)`,
    [
      staff.map((p) => p.name),
      staff.map((p) => p.email),
      staff.map((p) => p.nationalId),
      staff.map((p) => p.birthDate),
      staff.map((p) => p.department),
      staff.map((p) => p.salary),
      staff.map((p) => p.iban),
      staff.map((p) => p.managerId),
    ],
  );
}
