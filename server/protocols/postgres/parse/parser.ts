import type { CreateFunctionStmt, ParseResult } from "libpg-query";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Body, Parsed } from "../facts/meaning.ts";
import { createCache } from "./cache.ts";
import { maxTextLength } from "./limits.js";
import { type Answer, createPool } from "./pool.ts";

/** Texts that may wait for a free worker. */
const maxQueue = 256;
/** Memory for parsed texts and for trees alone, each, estimated. */
const cacheBytes = 32 * 1024 * 1024;
/** Objects take about this many bytes per character of their JSON. */
const bytesPerTreeCharacter = 6;

export type ParsedTree = Pick<Parsed, "text" | "tree">;

export type Parser = {
  /**
   * Reads a command with PostgreSQL's own grammar. The result is shared between callers: treat it as frozen.
   * Refuses with `sql_empty`, `sql_too_large`, `sql_unparseable` (`extra.position`: 1-based, in code points) and
   * `parser_unavailable`.
   */
  parse(text: string): Promise<Parsed>;
  /** The same without tokens and bodies, for a text that is only compared: a third of the time. */
  parseTree(text: string): Promise<ParsedTree>;
  /**
   * Reads a function's body, given as `CREATE FUNCTION` text (see `functionText`), and its parameters' defaults; null where it cannot be read:
   * another language, or no valid PL/pgSQL or SQL. Refuses with `parser_unavailable` only.
   */
  parseBody(definition: string): Promise<Body | null>;
  close(): void;
};

/** A guarded pool of worker threads around libpg-query, with a cache by text. */
export function createParser(options: { workers?: number; deadlineMs?: number } = {}): Parser {
  const pool = createPool({
    workers: options.workers ?? 2,
    deadlineMs: options.deadlineMs ?? 2_000,
    maxQueue,
    script: new URL("./worker.js", import.meta.url),
  });
  const cache = createCache<Parsed>(cacheBytes);
  const trees = createCache<ParsedTree>(cacheBytes);

  const parse = async (text: string): Promise<Parsed> => {
    refuseUnreadable(text);
    const known = cache.get(text);
    if (known !== undefined) return known;
    const answer = await pool.run(text, "all");
    if (!answer.ok) throw refusalFor(answer);
    const parsed: Parsed = {
      text,
      tree: JSON.parse(answer.tree),
      tokens: answer.tokens,
      plpgsql: new Map(JSON.parse(answer.bodies)),
    };
    const size =
      (answer.tree.length + answer.bodies.length) * bytesPerTreeCharacter + answer.tokens.byteLength;
    cache.set(text, parsed, size + text.length * 2);
    return parsed;
  };

  return {
    parse,
    async parseTree(text) {
      refuseUnreadable(text);
      const known = cache.get(text) ?? trees.get(text);
      if (known !== undefined) return known;
      const answer = await pool.run(text, "tree");
      if (!answer.ok) throw refusalFor(answer);
      const parsed: ParsedTree = { text, tree: JSON.parse(answer.tree) };
      trees.set(text, parsed, answer.tree.length * bytesPerTreeCharacter + text.length * 2);
      return parsed;
    },
    async parseBody(definition) {
      try {
        const { tree, plpgsql } = await parse(definition);
        const statement = tree.stmts?.[0]?.stmt;
        const made =
          statement !== undefined && "CreateFunctionStmt" in statement
            ? statement.CreateFunctionStmt
            : undefined;
        const body: Body | null =
          made?.sql_body === undefined
            ? (plpgsql.get(0) ?? null)
            : {
                language: "sql",
                trees: [{ stmts: [{ stmt: made.sql_body }] }],
                dynamic: false,
                transaction: false,
                variables: [],
              };
        return body && { ...body, trees: [...body.trees, ...defaultsOf(made)] };
      } catch (error) {
        if (error instanceof Refusal && error.code !== "parser_unavailable") return null;
        throw error;
      }
    },
    close: () => pool.close(),
  };
}

/** What a call computes for the parameters that it leaves out, each as `SELECT expression`. */
function defaultsOf(made: CreateFunctionStmt | undefined): ParseResult[] {
  return (made?.parameters ?? []).flatMap((node) => {
    const value = "FunctionParameter" in node ? node.FunctionParameter.defexpr : undefined;
    if (value === undefined) return [];
    return [{ stmts: [{ stmt: { SelectStmt: { targetList: [{ ResTarget: { val: value } }] } } }] }];
  });
}

/** What the C parser would silently cut (NUL) or what is no UTF-8 (lone surrogates) never reaches it. */
function refuseUnreadable(text: string): void {
  if (text.length > maxTextLength)
    throw new Refusal("sql_too_large", `The command is longer than ${maxTextLength} characters.`, {
      hint: "Split it into several commands.",
    });
  if (text.trim() === "") throw refusalFor({ id: 0, ok: false, fault: "empty" });
  const nul = text.indexOf("\0");
  if (nul !== -1)
    throw new Refusal("sql_unparseable", "The command holds a NUL character, which PostgreSQL cannot read.", {
      extra: { position: nul + 1 },
    });
  if (/\p{Surrogate}/u.test(text))
    throw new Refusal(
      "sql_unparseable",
      "The command holds half of a surrogate pair, which is no valid Unicode.",
    );
}

function refusalFor(answer: Exclude<Answer, { ok: true }>): Refusal {
  switch (answer.fault) {
    case "syntax":
      // The grammar's own stack is bounded: it says so in words.
      if (answer.message.startsWith("memory exhausted")) return tooDeep();
      return new Refusal("sql_unparseable", `PostgreSQL's grammar does not read this: ${answer.message}.`, {
        extra: { position: answer.position },
      });
    case "empty":
      return new Refusal("sql_empty", "The command holds no statement, only space or comments.");
    case "large":
      return new Refusal("sql_too_large", "The command holds too many expressions, tables or statements.", {
        hint: "Split it into several commands.",
      });
    case "deep":
    case "overflow":
      return tooDeep();
    case "busy":
      return new Refusal("parser_unavailable", "Too many commands wait for the parser.", {
        hint: "Try again shortly.",
      });
    case "broken":
    case "hung":
      return new Refusal("parser_unavailable", "The parser gave no answer for this command; it did not run.");
  }
}

const tooDeep = (): Refusal =>
  new Refusal("sql_too_large", "The command is nested too deeply.", {
    hint: "Write long chains as IN lists, VALUES or several commands.",
  });
