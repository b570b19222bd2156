import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../db/testing.ts";
import { sentIn, withoutValues } from "./target-error.ts";

let client: pg.Client;
let drop: () => Promise<void>;
beforeAll(async () => {
  const fresh = await freshDatabase();
  drop = fresh.drop;
  client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query(`
    create table employees (id int primary key, salary numeric);
    create unique index employees_salary on employees (salary);
    insert into employees values (1, 72750.00)`);
});
afterAll(async () => {
  await client.end();
  await drop();
});

/** The message and the detail of PostgreSQL's error, as the user sees them. */
async function shown(sql: string): Promise<string> {
  try {
    await client.query(`begin; ${sql}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const about = {
      code: error.code ?? "",
      ...(error.position === undefined ? {} : { position: Number(error.position) }),
    };
    return [error.message, error.detail ?? ""]
      .map((part) => withoutValues(part, new Set(["employees", "id", "salary"]), sentIn(sql, []), about))
      .join(" | ");
  } finally {
    await client.query("rollback");
  }
  throw new Error("PostgreSQL accepted it");
}

const guesses = Array.from({ length: 400 }, (_, index) => `${250 * index}.00`);
const foreignKey = "alter table employees add constraint zz foreign key (salary) references seen (v)";
const told =
  'insert or update on table "employees" violates foreign key constraint "zz" | ' +
  'Key (salary)=(•••) is not present in table "seen".';

test("a list of guesses in a comment does not tell which one is right", async () => {
  expect(guesses).toContain("72750.00");
  expect(await shown(`create table seen (v numeric unique); ${foreignKey} /* ${guesses.join(", ")} */`)).toBe(
    told,
  );
});

test("nor does a list of guesses in VALUES of the same script", async () => {
  const list = guesses.map((guess) => `(${guess}, '${guess}')`).join(", ");
  expect(
    await shown(
      `create table seen (v numeric unique); create table listed (n numeric, t text);
       insert into listed values ${list}; ${foreignKey}`,
    ),
  ).toBe(told);
});

test("rows that break a constraint keep its name and lose their values", async () => {
  expect(await shown("insert into employees values (2, 72750.00)")).toBe(
    'duplicate key value violates unique constraint "employees_salary" | Key (salary)=(•••) already exists.',
  );
  expect(await shown("alter table employees add constraint low check (salary < 72750.00)")).toBe(
    'check constraint "low" of relation "employees" is violated by some row | ',
  );
  expect(await shown("insert into employees values (null, 72750.00)")).toBe(
    'null value in column "id" of relation "employees" violates not-null constraint | Failing row contains (•••).',
  );
});

test("a value that the user typed stays readable where it is not of a row", async () => {
  expect(await shown("select 'abc'::int")).toBe('invalid input syntax for type integer: "abc" | ');
  expect(await shown("select 1 /* 72750.00 */ from employees where salary::text::int = 1")).toBe(
    'invalid input syntax for type integer: "•••" | ',
  );
  expect(await shown("select emial from employees")).toBe('column "emial" does not exist | ');
});
