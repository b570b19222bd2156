import type { Parsed } from "../facts/meaning.ts";
import { sourceText } from "../facts/source.ts";

/** What an UPDATE or DELETE would touch, as the parts of a SELECT. */
export type Touched = {
  /** The target and what it is joined with, behind FROM. */
  from: string;
  /** `WHERE ...`, or "". */
  where: string;
  /** The target's alias or name, as written. */
  qualifier: string;
  joined: boolean;
  /** Columns that it sets; none for DELETE. */
  sets: string[];
  /** Numbers of the parameters that the parts use: `$1` in them is the first of these. */
  parameters: number[];
};

/**
 * Cuts a single UPDATE or DELETE at its own clauses, by PostgreSQL's own tokens. Gives a sentence where it cannot.
 */
export function touchedBy(parsed: Parsed): Touched | { because: string } {
  const node = parsed.tree.stmts?.[0]?.stmt;
  const statement =
    node && "UpdateStmt" in node
      ? node.UpdateStmt
      : node && "DeleteStmt" in node
        ? node.DeleteStmt
        : undefined;
  if (statement === undefined) return { because: "Only UPDATE and DELETE can be counted before they run." };
  if (statement.withClause)
    return { because: "A statement with a WITH clause is not counted before it runs." };
  if (statement.whereClause && "CurrentOfExpr" in statement.whereClause)
    return { because: "WHERE CURRENT OF depends on a cursor and is not counted before it runs." };

  const update = "targetList" in statement;
  const source = sourceText(parsed);
  const marks = clauses(source.token, update ? ["update", "set", "from"] : ["delete", "from", "using"]);
  const target = (marks.get(update ? "update" : "from") ?? 0) + 1;
  const joins = marks.get(update ? "from" : "using");
  const end = marks.get("end") ?? 0;
  const where = marks.get("where");
  const behind = where ?? marks.get("returning") ?? end;
  const targetEnd = (update ? marks.get("set") : undefined) ?? joins ?? behind;

  const parameters: number[] = [];
  const bytes = Buffer.from(parsed.text, "utf8");
  const text = (first: number, past: number): string => {
    let out = "";
    for (let index = first; index < past; index++) {
      const gap = index === first ? "" : bytes.toString("utf8", source.end(index - 1), source.start(index));
      out += gap + renumbered(source.token(index), parameters);
    }
    return out;
  };
  const table = text(target, targetEnd);
  const joined = joins === undefined ? "" : text(joins + 1, behind);
  return {
    from: joined === "" ? table : `${table}\n, ${joined}`,
    where: where === undefined ? "" : text(where, marks.get("returning") ?? end),
    qualifier: qualifierOf(table, statement.relation?.alias?.aliasname, statement.relation?.relname),
    joined: joined !== "",
    sets: update
      ? (statement.targetList ?? []).flatMap((item) =>
          "ResTarget" in item ? (item.ResTarget.name ?? []) : [],
        )
      : [],
    parameters,
  };
}

/** Token index of each keyword of the statement itself, where it first stands outside parentheses; and of its end. */
function clauses(token: (index: number) => string, own: string[]): Map<string, number> {
  const wanted = [...own, "where", "returning"];
  const marks = new Map<string, number>();
  let depth = 0;
  let index = 0;
  for (; token(index) !== "" && token(index) !== ";"; index++) {
    const word = token(index).toLowerCase();
    if (word === "(" || word === "[") depth++;
    if (word === ")" || word === "]") depth--;
    // `t.from` is a column, and IS DISTINCT FROM an operator.
    const before = token(index - 1).toLowerCase();
    if (depth > 0 || before === "." || (word === "from" && before === "distinct")) continue;
    if (wanted.includes(word) && !marks.has(word)) marks.set(word, index);
  }
  return marks.set("end", index);
}

function renumbered(token: string, parameters: number[]): string {
  const number = /^\$(\d+)$/.exec(token)?.[1];
  if (number === undefined) return token;
  const known = parameters.indexOf(Number(number));
  return `$${known === -1 ? parameters.push(Number(number)) : known + 1}`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const qualifierOf = (table: string, alias: string | undefined, name: string | undefined): string =>
  quoted(alias ?? name ?? table);

/** Counts up to `bound` + 1 rows of the target; a row that a join meets twice counts once. */
export function countQuery(touched: Touched, bound: number): string {
  const { from, where, qualifier, joined } = touched;
  const once = joined ? `\nGROUP BY ${qualifier}.tableoid, ${qualifier}.ctid` : "";
  return `SELECT count(*) FROM (SELECT 1 FROM ${from}\n${where}${once}\nLIMIT ${bound + 1}) AS touched`;
}

/** The given columns of the first rows that it would touch. */
export function sampleQuery(touched: Touched, columns: string[], rows: number): string {
  const list = columns.map((column) => `${touched.qualifier}.${quoted(column)}`).join(", ");
  return `SELECT ${list} FROM ${touched.from}\n${touched.where}\nLIMIT ${rows}`;
}
