import { afterAll, expect, test } from "vitest";
import { Refusal } from "../../../../shared/contract/errors.ts";
import { createParser } from "./parser.ts";

// What it answers counts here, however slow the machine; the deadline is held in pool.test.ts.
const parser = createParser({ workers: 1, deadlineMs: 60_000 });
afterAll(() => parser.close());

async function refusal(text: string, by = parser): Promise<Refusal> {
  const error = await by.parse(text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Refusal) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
}

test("reads a command with its tokens by byte", async () => {
  const text = "SELECT 'é' /* x */, \"B\" -- y\n FROM t;";
  const parsed = await parser.parse(text);
  expect(parsed.tree.stmts).toHaveLength(1);
  const bytes = Buffer.from(text);
  const tokens = Array.from({ length: parsed.tokens.length / 2 }, (_, index) =>
    bytes.toString("utf8", parsed.tokens[index * 2], parsed.tokens[index * 2 + 1]),
  );
  expect(tokens).toEqual(["SELECT", "'é'", ",", '"B"', "FROM", "t", ";"]);
});

test("names the place of a syntax error in characters", async () => {
  expect(await refusal("SELECT 'é', FROM t")).toMatchObject({
    code: "sql_unparseable",
    extra: { position: 13 },
  });
});

test.each([
  ["SELECT 'abc", "unterminated quoted string", 8],
  ['SELECT "abc', "unterminated quoted identifier", 8],
  ["SELECT $$abc", "unterminated dollar-quoted string", 8],
  ["SELECT 1 /* abc", "unterminated /* comment", 10],
  ["SELECT 1a", "trailing junk after numeric literal", 8],
  ["SELECT E'\\u00'", "invalid Unicode escape", 10],
  ['SELECT ""', "zero-length delimited identifier", 8],
])("says of %s what is wrong with it", async (text, words, position) => {
  const { code, message, extra } = await refusal(text);
  expect([code, extra]).toEqual(["sql_unparseable", { position }]);
  expect(message).toContain(words);
});

test.each(["", "   ", "-- nothing", "/* nothing */ ;;"])("refuses %j as empty", async (text) => {
  expect((await refusal(text)).code).toBe("sql_empty");
});

test("refuses NUL, which the C parser would take for the end", async () => {
  expect(await refusal("SELECT 1\0; DROP TABLE t")).toMatchObject({
    code: "sql_unparseable",
    extra: { position: 9 },
  });
});

test("refuses half of a surrogate pair, and reads whole ones", async () => {
  expect((await refusal("SELECT '\ud83d'")).code).toBe("sql_unparseable");
  await expect(parser.parse("SELECT '\ud83d\ude00'")).resolves.toBeDefined();
});

test.each([
  ["a sum of 10,000 terms", `SELECT ${"1+".repeat(10_000)}1`, "sql_too_large"],
  ["200,000 parentheses", `SELECT ${"(".repeat(200_000)}1${")".repeat(200_000)}`, "sql_too_large"],
  ["20,000 sub-selects", `SELECT ${"(SELECT ".repeat(20_000)}1${")".repeat(20_000)}`, "sql_too_large"],
  ["100,000 negations", `SELECT ${"NOT ".repeat(100_000)}true`, "sql_too_large"],
  ["100,000 arrays", `SELECT ${"array[".repeat(100_000)}1${"]".repeat(100_000)}`, "sql_too_large"],
  ["a text of more than a million characters", `SELECT '${"x".repeat(1_000_000)}'`, "sql_too_large"],
  ["2,000 tables", `SELECT 1 FROM ${"t, ".repeat(2_000)}t`, "sql_too_large"],
  ["600 statements", "SELECT 1;".repeat(600), "sql_too_large"],
  ["a wide list past the tree's limit", `SELECT 1${",1".repeat(150_000)}`, "sql_too_large"],
])(
  "refuses %s, and the next command is unharmed",
  async (_, text, code) => {
    expect((await refusal(text)).code).toBe(code);
    await expect(parser.parse(`SELECT ${text.length}`)).resolves.toMatchObject({
      text: `SELECT ${text.length}`,
    });
  },
  90_000,
);

test("refuses what would wait behind too many commands", async () => {
  const crowded = createParser({ workers: 1 });
  try {
    const answers = await Promise.allSettled(
      Array.from({ length: 400 }, (_, index) => crowded.parse(`SELECT ${index}`)),
    );
    const refused = answers.filter((each) => each.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "parser_unavailable" });
  } finally {
    crowded.close();
  }
});

test("gives the same result object for the same text", async () => {
  expect(await parser.parse("SELECT 'again'")).toBe(await parser.parse("SELECT 'again'"));
});

test("reads the tree alone where nobody asks for tokens", async () => {
  const text = "SELECT 'tree alone' FROM t; DO 'BEGIN nonsense; END'";
  const alone = await parser.parseTree(text);
  expect(alone).toEqual({ text, tree: (await parser.parse(text)).tree });
  expect((await parser.parseTree("SELECT 1 FROM").catch((error: unknown) => error)) as Refusal).toMatchObject(
    {
      code: "sql_unparseable",
    },
  );
});

test("reads every control character that the grammar takes, with its tokens where they are", async () => {
  const controls = Array.from({ length: 31 }, (_, code) => String.fromCharCode(code + 1)).join("");
  const text = `SELECT 'a${controls}b' AS "c${controls}d",\f1`;
  const { tokens } = await parser.parse(text);
  const bytes = Buffer.from(text);
  const read = Array.from({ length: tokens.length / 2 }, (_, index) =>
    bytes.toString("utf8", tokens[index * 2], tokens[index * 2 + 1]),
  );
  expect(read).toEqual(["SELECT", `'a${controls}b'`, "AS", `"c${controls}d"`, ",", "1"]);
});

test("refuses after it was closed", async () => {
  const closed = createParser({ workers: 1 });
  closed.close();
  expect((await refusal("SELECT 1", closed)).code).toBe("parser_unavailable");
});

test("reads the body of a DO block, every text in it parsed", async () => {
  const { plpgsql } = await parser.parse(
    `SELECT 1; DO $$ DECLARE r record; x int[]; BEGIN
       FOR r IN SELECT * FROM t LOOP x[(SELECT 1)] := r.a; END LOOP;
       EXECUTE 'DELETE FROM u'; COMMIT; END $$`,
  );
  const body = plpgsql.get(1);
  expect(body).toMatchObject({ language: "plpgsql", dynamic: false, transaction: true });
  expect(body?.variables).toEqual(expect.arrayContaining(["r", "x"]));
  expect(JSON.stringify(body?.trees)).toMatch(/"relname":"t".*"relname":"u"/);
});

test("says of EXECUTE over an expression that it is dynamic", async () => {
  const { plpgsql } = await parser.parse("DO $$ BEGIN EXECUTE 'DELETE FROM ' || current_user; END $$");
  expect(plpgsql.get(0)?.dynamic).toBe(true);
});

test("says of a body that it cannot read, that it cannot", async () => {
  const { plpgsql } = await parser.parse("DO LANGUAGE plperl 'x'; DO 'BEGIN nonsense nonsense; END'");
  expect([plpgsql.get(0), plpgsql.get(1)]).toEqual([null, null]);
});
