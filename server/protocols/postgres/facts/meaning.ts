import type { SqlAction, SqlFacts } from "../../../../shared/nouns/facts.ts";
import type { ParseResult } from "libpg-query";
import type { OutsideTransaction } from "./outside-transaction.ts";

/** What the parser worker returns for one command's text. `text` has no NUL and is valid UTF-8. */
export type Parsed = {
  text: string;
  /** libpg-query's tree; every `location`, `stmt_location` and `stmt_len` counts **bytes** of UTF-8. */
  tree: ParseResult;
  /** Byte ranges of the tokens, comments left out: start and end of the first, of the second, and so on. */
  tokens: Int32Array;
  /** Bodies of DO blocks and of CREATE FUNCTION in plpgsql or sql: by statement index; `null`: cannot be read. */
  plpgsql: Map<number, Body | null>;
};

/** The code of a DO block or a function: every SQL text that it holds, parsed. */
export type Body = {
  language: "sql" | "plpgsql";
  /** Embedded statements and expressions, an expression as `SELECT expression`. Their locations are their own. */
  trees: ParseResult[];
  /** True where it runs text that is made at run time (EXECUTE). */
  dynamic: boolean;
  /** True where it commits or rolls back. */
  transaction: boolean;
  /** Names of parameters and variables, which a column reference may mean. */
  variables: string[];
};

/** Half-open range of byte offsets in the command's UTF-8 text. */
export type Span = { start: number; end: number };

/**
 * One place where a statement reads a relation, in source terms: what masking replaces. CTE names that shadow a
 * relation never become sites.
 */
export type RelationSite = {
  /** Oid in the catalog. */
  relation: number;
  /** The bytes of the reference itself: optional ONLY, the qualified name, an optional `*`; without the alias. */
  span: Span;
  only: boolean;
  /** Alias without quotes, undefined where there is none; with column aliases `t(a, b)`. */
  alias: string | undefined;
  columnAliases: string[];
  /** Where the whole alias clause stands, if any. */
  aliasSpan: Span | undefined;
  /** `from`: can be replaced by a sub-select. `target`: of INSERT, UPDATE, DELETE, MERGE. `other`: COPY, LOCK, DDL... */
  role: "from" | "target" | "other";
  /** Columns that the statement can reach through it: names, or "all" for `*` and whole rows. */
  columns: "all" | string[];
  /** ctid, xmin, tableoid... used through it: cannot be had from a sub-select. */
  systemColumns: string[];
  /** Top-level AND conjuncts of the WHERE of the query that holds the site which hold its columns to known values. */
  equalities: Equality[];
};

/**
 * `column = value`, `column IN (values)` or `column = ANY (ARRAY[values])`, where a value is a literal or `$n`; or
 * `column = ANY ($n)`.
 */
export type Equality = {
  column: string;
  /** Each value with its casts. */
  values: Span[];
  /** The array that holds them, with its cast, where there is one. */
  array: Span | undefined;
  /** Where that is a parameter: its number. Then `values` is empty, for the text does not say them. */
  parameter: number | undefined;
  conjunct: Span;
};

/** One statement of a command. */
export type StatementMeaning = {
  /** Bytes of the statement without its semicolon. */
  span: Span;
  action: SqlAction;
  /** Actions of everything in it: CTEs, EXPLAIN ANALYZE's inner statement... */
  actions: SqlAction[];
  /** Node name in the grammar: `SelectStmt`, `UpdateStmt`. */
  node: string;
  writes: boolean;
  returnsRows: boolean;
  sites: RelationSite[];
  /** Columns of each target relation that an UPDATE/DELETE/MERGE/INSERT reads back (SET from itself, WHERE, RETURNING). */
  targetReads: { relation: number; columns: "all" | string[] }[];
  /**
   * Reasons, in words, for which this statement cannot be masked by rewriting even where it reads no site (pg_stats,
   * query_to_xml, uncleared functions), each with a hint at what would work.
   */
  unmaskable: { reason: string; instead: string }[];
  /**
   * Functions that it calls or sets off and that read classified columns, with the classes that they read; `by`: the
   * relation whose change sets it off.
   */
  readsByFunction: { function: string; classes: string[]; by?: string }[];
  /** Where PostgreSQL runs it outside a transaction block alone. */
  outside: OutsideTransaction | undefined;
};

/** Facts for policy and people, and what rewriting needs. Computed once per text and catalog revision. */
export type Meaning = { facts: SqlFacts; statements: StatementMeaning[]; catalogRevision: string };
