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
    create function note_salary() returns trigger language plpgsql as $$ begin
      raise exception 'Salary of % may not fall below % for Ann Lee, id %', 'Ann Lee', old.salary, old.id
        using detail = format('ann.lee, %s', old.salary), hint = 'was ' || old.salary, errcode = tg_argv[0];
    end $$;
    create trigger lower_salary before update on employees for each row execute function note_salary('22023');
    insert into employees values (1, 72750.00)`);
});
afterAll(async () => {
  await client.end();
  await drop();
});

/** The message, the detail and the hint of PostgreSQL's error, as the user sees them. */
async function shown(sql: string, reaches = true): Promise<string> {
  try {
    await client.query(`begin; ${sql}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const about = {
      code: error.code ?? "",
      reaches,
      ...(error.position === undefined ? {} : { position: Number(error.position) }),
    };
    return [error.message, error.detail, error.hint]
      .flatMap((part) => part ?? [])
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
    'check constraint "low" of relation "employees" is violated by some row',
  );
  expect(await shown("insert into employees values (null, 72750.00)")).toBe(
    'null value in column "id" of relation "employees" violates not-null constraint | Failing row contains (•••).',
  );
});

test("what the text itself says wrong is told, with what the user typed", async () => {
  expect(await shown("select 'abc'::int from employees")).toBe(
    'invalid input syntax for type integer: "abc"',
  );
  expect(await shown("select emial from employees")).toBe('column "emial" does not exist');
  expect(await shown("select * from employes")).toBe('relation "employes" does not exist');
  expect(await shown("select frobnicate(salary, 'x') from employees")).toBe(
    "function frobnicate(numeric, unknown) does not exist | " +
      "No function matches the given name and argument types. You might need to add explicit type casts.",
  );
});

test("a run that reaches no hidden column may repeat what the user typed", async () => {
  const sql = "select ('ab' || 'c')::int, 'abc' from generate_series(1, 1)";
  expect(await shown(sql, false)).toBe('invalid input syntax for type integer: "abc"');
  expect(await shown(sql)).toBe('invalid input syntax for type integer: "•••"');
});

test("names of a definition that reaches nothing hidden are told, though it is the run that fails on them", async () => {
  expect(await shown("drop table nope", false)).toBe('table "nope" does not exist');
  expect(await shown("create table new_one (a int); create table new_one (a int)", false)).toBe(
    'relation "new_one" already exists',
  );
  expect(await shown("drop table nope")).toBe('table "•••" does not exist');
});

test.each([
  "select 1 /* 72750.00 */ from employees where salary::text::int = 1",
  "select 1 from employees where salary::text::int = 1 and '72750.00' <> ''",
  "select 1 from employees where salary::text::int = 1 and id <> 72750.00",
])("a guess beside a value that fails is not confirmed: %s", async (sql) => {
  expect(await shown(sql)).toBe('invalid input syntax for type integer: "•••"');
});

test("what code at the target raises keeps its words and loses what could be a value", async () => {
  expect(await shown("update employees set salary = 1 where id = 1 and 72750.00 > 1")).toBe(
    "••• of ••• ••• may not fall below ••• for ••• •••, id ••• | •••, ••• | was •••",
  );
});

test.each([
  ["select 1 / (id - 1) from employees", "division by zero"],
  ["select chr(salary::int * 100) from employees", "requested character too large for encoding: •••"],
  [
    "select salary::numeric(3, 2) from employees",
    "numeric field overflow | A field with precision 3, scale 2 must round to an absolute value less than 10^1.",
  ],
  [
    "create temp table narrow (v varchar(3)); insert into narrow select salary::text from employees",
    "value too long for type character varying(3)",
  ],
  [
    "select 'ab' like 'a' || left(salary::text, 0) || '\\' from employees",
    "LIKE pattern must not end with escape character",
  ],
  [
    "set transaction read only; update employees set id = 3",
    "cannot execute UPDATE in a read-only transaction",
  ],
  [
    "select ('{' || salary)::jsonb from employees",
    'invalid input syntax for type json | Expected string or "•••", but found "•••".',
  ],
  [
    "select convert_from('\\xff' || salary::text::bytea, 'UTF8') from employees",
    'invalid byte sequence for encoding "•••": •••',
  ],
  ["select set_bit(salary::text::bytea, 100, 1) from employees", "index ••• out of valid range, •••"],
])("everyday errors of a run stay readable: %s", async (sql, expected) => {
  expect(await shown(sql)).toBe(expected);
});
