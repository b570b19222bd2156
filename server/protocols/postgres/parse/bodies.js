import { parsePlPgSQLSync, parseSync, scanSync } from "libpg-query";

/**
 * Bodies of DO blocks and functions: code inside a string that the grammar does not look into.
 *
 * @typedef {import("../facts/meaning.ts").Body} Body
 * @typedef {import("libpg-query").ParseResult} ParseResult
 * @typedef {import("libpg-query").Node} Node
 */

/** How an embedded expression is to be read (plpgsql.h, RawParseMode): a statement, an expression, an assignment. */
const mode = { statement: 0, expression: 2 };

/** A body with more embedded texts than this is left unread, and so opaque. */
const maxQueries = 2_000;

/**
 * A trap or an overflow inside the module, after which its memory cannot be trusted; a mere parse error is neither.
 * @param {unknown} error
 */
const isCrash = (error) =>
  error instanceof RangeError || (error instanceof Error && error.name === "RuntimeError");

/**
 * @param {string} text
 * @returns {ParseResult | null} null where it is no SQL
 */
function parsed(text) {
  try {
    return parseSync(text);
  } catch (error) {
    if (isCrash(error)) throw error;
    return null;
  }
}

/**
 * `target := expression` as a query over both sides: PostgreSQL evaluates the target's subscripts too.
 * @param {string} query
 */
function assignment(query) {
  const bytes = Buffer.from(query);
  let depth = 0;
  for (const { start, end } of scanSync(query).tokens) {
    const token = bytes.toString("utf8", start, end);
    if (token === "[" || token === "(") depth += 1;
    else if (token === "]" || token === ")") depth -= 1;
    else if (depth === 0 && (token === ":=" || token === "="))
      return `SELECT ${bytes.toString("utf8", end)}\n, ${bytes.toString("utf8", 0, start)}`;
  }
  return query;
}

/**
 * @param {string} query
 * @param {number} parseMode
 */
function queryText(query, parseMode) {
  if (parseMode === mode.statement) return query;
  return parseMode === mode.expression ? `SELECT ${query}` : assignment(query);
}

/**
 * The SQL of `EXECUTE '...'` where it is one literal, otherwise undefined.
 * @param {unknown} expression
 */
function literalOf(expression) {
  const query = /** @type {{ PLpgSQL_expr?: { query?: string } } | undefined} */ (expression)?.PLpgSQL_expr
    ?.query;
  const target = query === undefined ? undefined : parsed(`SELECT ${query}`)?.stmts?.[0]?.stmt;
  if (target === undefined || !("SelectStmt" in target) || target.SelectStmt.targetList?.length !== 1)
    return undefined;
  const [item] = target.SelectStmt.targetList;
  if (item === undefined || !("ResTarget" in item) || item.ResTarget.val === undefined) return undefined;
  return "A_Const" in item.ResTarget.val ? item.ResTarget.val.A_Const.sval?.sval : undefined;
}

/** Statements that run text made at run time, and the field that holds it. */
const dynamicStatements = new Map([
  ["PLpgSQL_stmt_dynexecute", "query"],
  ["PLpgSQL_stmt_dynfors", "query"],
  ["PLpgSQL_stmt_return_query", "dynquery"],
  ["PLpgSQL_stmt_open", "dynquery"],
]);

/**
 * @param {string} text `DO` or `CREATE FUNCTION` in PL/pgSQL
 * @returns {Body | null}
 */
function readPlpgsql(text) {
  /** @type {unknown} */
  let tree;
  try {
    tree = parsePlPgSQLSync(text);
  } catch (error) {
    if (isCrash(error)) throw error;
    return null;
  }
  /** @type {Body} */
  const body = { language: "plpgsql", trees: [], dynamic: false, transaction: false, variables: [] };
  let complete = true;
  /** @param {string} sql */
  const add = (sql) => {
    const result = body.trees.length < maxQueries ? parsed(sql) : null;
    if (result === null) complete = false;
    else body.trees.push(result);
    return result !== null;
  };
  /** @param {unknown} value */
  const walk = (value) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      const field = dynamicStatements.get(key);
      if (field !== undefined && child?.[field] !== undefined) {
        const literal = literalOf(child[field]);
        if (literal === undefined || !add(literal)) body.dynamic = true;
      }
      if (key === "PLpgSQL_stmt_commit" || key === "PLpgSQL_stmt_rollback") body.transaction = true;
      if (key === "refname" && typeof child === "string") body.variables.push(child);
      if (key === "PLpgSQL_expr" && typeof child?.query === "string")
        add(queryText(child.query, child.parseMode ?? 0));
      else walk(child);
    }
  };
  walk(tree);
  return complete ? body : null;
}

/**
 * @param {Node[] | undefined} options
 * @param {string} name
 * @returns {string | undefined} the option's text; of `AS 'object', 'symbol'` the first
 */
function option(options, name) {
  for (const node of options ?? []) {
    if (!("DefElem" in node) || node.DefElem.defname !== name || node.DefElem.arg === undefined) continue;
    const { arg } = node.DefElem;
    if ("String" in arg) return arg.String.sval ?? "";
    const first = "List" in arg ? arg.List.items?.[0] : undefined;
    if (first !== undefined && "String" in first) return first.String.sval ?? "";
  }
  return undefined;
}

/**
 * @param {string} text of the whole command
 * @param {ParseResult} tree
 * @returns {[number, Body | null][]} by statement index; null: a body that cannot be read
 */
export function readBodies(text, tree) {
  /** @type {[number, Body | null][]} */
  const bodies = [];
  (tree.stmts ?? []).forEach(({ stmt, stmt_location: start = 0, stmt_len: length = 0 }, index) => {
    if (stmt === undefined) return;
    const code =
      "DoStmt" in stmt
        ? stmt.DoStmt.args
        : "CreateFunctionStmt" in stmt
          ? stmt.CreateFunctionStmt.options
          : undefined;
    if (
      code === undefined ||
      ("CreateFunctionStmt" in stmt && stmt.CreateFunctionStmt.sql_body !== undefined)
    )
      return;
    const language = (option(code, "language") ?? ("DoStmt" in stmt ? "plpgsql" : "sql")).toLowerCase();
    if (language === "plpgsql") {
      const bytes = Buffer.from(text);
      bodies.push([
        index,
        readPlpgsql(bytes.toString("utf8", start, length === 0 ? bytes.length : start + length)),
      ]);
    } else if (language === "sql") {
      const source = option(code, "as");
      const body = source === undefined ? null : parsed(source);
      bodies.push([
        index,
        body === null
          ? null
          : { language: "sql", trees: [body], dynamic: false, transaction: false, variables: [] },
      ]);
    } else bodies.push([index, null]);
  });
  return bodies;
}
