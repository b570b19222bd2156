import pg from "pg";
import type { Catalog } from "../../../shared/nouns/catalog.ts";
import { Refusal } from "../../../shared/contract/errors.ts";
import { freshDatabase } from "../../db/testing.ts";
import { describe as describeMeaning } from "../../protocols/postgres/facts/describe.ts";
import { createParser } from "../../protocols/postgres/parse/parser.ts";
import { readCatalog } from "../../protocols/postgres/catalog/read.ts";
import { readBodies } from "../bodies.ts";
import { classify } from "../classify.ts";
import { confirm } from "../confirm.ts";
import { hiddenClasses } from "../hidden.ts";
import { rewrite, type Rewritten } from "../rewrite.ts";
import { createSecondLine } from "../second-line.ts";
import { classMap, dataClasses, shopSql, type Variant } from "./shop.ts";

/** What came back for one command: per statement its field names and rows, or the error and notices as the user sees them. */
export type Answer = {
  fields: string[][];
  rows: (string | null)[][][];
  tags: string[];
  error?: string;
  notices: string[];
};

/** Types of an extension have other numbers in each database. */
const shownType = (oid: number): string => (oid < 16_384 ? String(oid) : "own");

const asText = { getTypeParser: () => (value: string) => value };

/** A shop, or another database, on a real PostgreSQL, with its catalog as the gate would know it. */
export async function openShop(
  variant: Variant,
  { statementTimeoutMs = 10_000, schema = shopSql(variant), classes = classMap } = {},
) {
  const { url, drop } = await freshDatabase();
  const client = new pg.Client({ connectionString: url, types: asText });
  await client.connect();
  // `pg` tells of a lost connection by an event, also while the database is dropped.
  client.on("error", () => undefined);
  await client.query(schema);
  await client.query(
    "set default_transaction_read_only = on; set client_min_messages = notice; set timezone = 'UTC'",
  );
  const parser = createParser({ workers: 1, deadlineMs: 60_000 });
  const raw = await readCatalog(
    async (sql) => (await client.query<(string | null)[]>({ text: sql, rowMode: "array" })).rows,
  );
  const catalog = classify(raw, classes, [], await readBodies(raw, parser));
  const hidden = hiddenClasses(catalog, dataClasses, []);
  await client.query(`set statement_timeout = ${statementTimeoutMs}`);

  const plan = async (
    sql: string,
    options: { lookups?: boolean; unmask?: string[] } = {},
  ): Promise<Rewritten> => {
    const parsed = await parser.parse(sql);
    const rewritten = rewrite({
      parsed,
      meaning: describeMeaning(parsed, catalog),
      catalog,
      hidden: hiddenClasses(catalog, dataClasses, options.unmask ?? []),
      lookups: options.lookups ?? false,
      tokenKey: "a key for tests",
    });
    confirm(await parser.parse(rewritten.sql), rewritten);
    return rewritten;
  };

  /** Runs a text as it is. With `mask`, errors and notices go through the second line; rows never do. */
  const run = async (sql: string, parameters: readonly unknown[] = [], mask = false): Promise<Answer> => {
    const line = createSecondLine({ fields: [], catalog, hidden, text: sql, parameters: [] });
    const notices: string[] = [];
    const onNotice = (notice: { message?: string | undefined }) =>
      notices.push(mask ? line.text(notice.message ?? "") : (notice.message ?? ""));
    client.on("notice", onNotice);
    try {
      await client.query("begin read write");
      const result = await client.query<(string | null)[]>(
        parameters.length > 0
          ? { text: sql, values: [...parameters], rowMode: "array" }
          : { text: sql, rowMode: "array" },
      );
      const results = Array.isArray(result) ? (result as (typeof result)[]) : [result];
      return {
        fields: results.map((one) =>
          one.fields.map(({ name, dataTypeID }) => `${name} ${shownType(dataTypeID)}`),
        ),
        rows: results.map((one) => one.rows),
        tags: results.map((one) => `${one.command} ${one.rowCount}`),
        notices,
      };
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      const { code = "", message, detail, hint } = error;
      const position = error.position === undefined ? undefined : Number(error.position);
      const said = { code, message, detail, hint, position };
      const shown = mask ? line.error(said) : said;
      return {
        fields: [],
        rows: [],
        tags: [],
        error: [shown.code, shown.message, shown.detail ?? "", shown.hint ?? ""].join(" | "),
        notices,
      };
    } finally {
      await client.query("rollback");
      client.off("notice", onNotice);
    }
  };

  return {
    version: Math.floor(catalog.serverVersion / 10_000),
    catalog: catalog satisfies Catalog,
    hidden,
    raw,
    plan,
    run,
    async close() {
      parser.close();
      await client.end();
      await drop();
    },
  };
}
export type Shop = Awaited<ReturnType<typeof openShop>>;

/** The rewritten statement's answer, or the refusal in words. */
export async function throughGate(
  shop: Shop,
  sql: string,
  parameters: readonly unknown[] = [],
  options: { lookups?: boolean; unmask?: string[] } = {},
): Promise<{ refused: string } | { answer: Answer; sql: string }> {
  try {
    const planned = await shop.plan(sql, options);
    return { answer: await shop.run(planned.sql, parameters, true), sql: planned.sql };
  } catch (error) {
    if (error instanceof Refusal && error.code === "masking_refused") return { refused: error.message };
    throw error;
  }
}
