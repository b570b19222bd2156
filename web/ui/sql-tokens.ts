/** What a stretch of SQL is. Every character of the text belongs to exactly one token. */
export type SqlTokenKind =
  | "space"
  | "comment"
  | "string"
  | "number"
  | "parameter"
  | "keyword"
  | "function"
  | "identifier"
  | "quoted"
  | "semicolon"
  | "symbol";
export type SqlToken = { kind: SqlTokenKind; start: number; end: number };

const keywords = new Set(
  (
    "all alter analyze and any array as asc begin between both by call case cast check coalesce collate column commit " +
    "constraint copy create cross current_date current_time current_timestamp current_user cursor database deallocate " +
    "declare default delete desc distinct do drop else end except exclude execute exists explain extract false fetch filter " +
    "first following for foreign from full function grant group grouping having if ilike in index inner insert intersect " +
    "interval into is isolation join key language last lateral left like limit listen lock materialized merge natural not " +
    "notify null nulls of offset on only or order outer over partition preceding prepare primary procedure range recursive " +
    "references refresh reindex release rename reset returning revoke right rollback row rows savepoint schema select " +
    "sequence session set sets show similar some start table tablesample temp temporary then to transaction trigger true " +
    "truncate type unbounded union unique unlisten update using vacuum values verbose view when where window with within"
  ).split(" "),
);

export function isKeyword(word: string): boolean {
  return keywords.has(word.toLowerCase());
}
export const keywordList: readonly string[] = [...keywords];

const patterns: readonly (readonly [SqlTokenKind, RegExp])[] = [
  ["space", /\s+/uy],
  ["comment", /--[^\n]*/uy],
  // E'' strings know backslashes; all others double the quote. An unterminated one runs to the end.
  ["string", /e'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)/iuy],
  ["string", /(?:[bxn]|u&)?'(?:[^']|'')*(?:'|$)/iuy],
  ["quoted", /(?:u&)?"(?:[^"]|"")*(?:"|$)/iuy],
  ["parameter", /\$\d+/uy],
  ["number", /(?:0[xob][\da-f_]+|(?:\d[\d_]*)(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)/iuy],
  ["identifier", /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ["semicolon", /;/uy],
];
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

/**
 * Splits SQL as PostgreSQL's scanner does, well enough for colours, statement borders and completion. What it says
 * decides nothing: the gate parses with the real grammar.
 */
export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < text.length) {
    const { kind, end } = tokenAt(text, at);
    tokens.push({ kind, start: at, end });
    at = end;
  }
  return tokens;
}

function tokenAt(text: string, at: number): { kind: SqlTokenKind; end: number } {
  if (text.startsWith("/*", at)) return { kind: "comment", end: blockCommentEnd(text, at) };
  dollarTag.lastIndex = at;
  const tag = dollarTag.exec(text)?.[0];
  if (tag !== undefined) {
    const close = text.indexOf(tag, at + tag.length);
    return { kind: "string", end: close < 0 ? text.length : close + tag.length };
  }
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    if (match === undefined || match === "") continue;
    const end = at + match.length;
    if (kind !== "identifier") return { kind, end };
    if (isKeyword(match)) return { kind: "keyword", end };
    return { kind: text.charAt(end) === "(" ? "function" : "identifier", end };
  }
  // One whole code point, so that a surrogate pair is never cut.
  return { kind: "symbol", end: at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) };
}

/** PostgreSQL's block comments nest. */
function blockCommentEnd(text: string, at: number): number {
  const border = /\/\*|\*\//gu;
  border.lastIndex = at;
  let depth = 0;
  for (let match = border.exec(text); match !== null; match = border.exec(text)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return border.lastIndex;
  }
  return text.length;
}
