import type { Catalog, Relation } from "../../../shared/nouns/catalog.ts";
import { keywordList, sqlTokens, type SqlToken } from "../../ui/sql-tokens.ts";
import { statementAt } from "./statements.ts";

export type Suggestion = {
  kind: "relation" | "column" | "function" | "keyword" | "schema" | "alias";
  label: string;
  /** What is typed for it: quoted where the name needs it. */
  insert: string;
  /** Type of a column, kind of a relation... */
  detail: string;
  /** Lower comes first. */
  rank: number;
};

const maxSuggestions = 400;
const relationPlaces = new Set([
  "from",
  "join",
  "update",
  "into",
  "table",
  "only",
  "truncate",
  "describe",
  "references",
]);

/** What may come at `offset`, from the catalog and the statement around it. Pure; it decides nothing. */
export function complete(text: string, offset: number, catalog: Catalog): Suggestion[] {
  const span = statementAt(text, offset);
  const start = span !== undefined && span.start <= offset ? span.start : offset;
  const statement = text.slice(start, Math.max(offset, span?.end ?? offset));
  const words = significant(statement);
  const at = offset - start;
  const before = words.filter(({ token }) => token.end <= at);
  // The word under the cursor is what is being completed, not what it follows.
  const last = before.at(-1);
  const typing =
    last !== undefined && last.token.end === at && isName(last.token) ? before.slice(0, -1) : before;
  const previous = typing.at(-1);
  if (previous?.word === ".") return afterDot(typing.at(-2)?.word ?? "", words, catalog);
  if (relationPlaces.has(previous?.word.toLowerCase() ?? "") || afterComma(typing))
    return relationSuggestions(catalog);
  return general(words, catalog);
}

type Word = { token: SqlToken; word: string };

function significant(statement: string): Word[] {
  return sqlTokens(statement)
    .filter(({ kind }) => kind !== "space" && kind !== "comment")
    .map((token) => ({ token, word: unquoted(statement.slice(token.start, token.end), token.kind) }));
}

const isName = ({ kind }: SqlToken) =>
  kind === "identifier" || kind === "keyword" || kind === "function" || kind === "quoted";

function unquoted(word: string, kind: SqlToken["kind"]): string {
  if (kind === "quoted") return word.replace(/^"|"$/gu, "").replaceAll('""', '"');
  return kind === "identifier" || kind === "function" ? word.toLowerCase() : word;
}

/** `FROM a, |` wants a relation; a comma after SELECT wants a column. */
function afterComma(words: readonly Word[]): boolean {
  if (words.at(-1)?.word !== ",") return false;
  const clause = words.findLast(
    ({ token, word }) =>
      token.kind === "keyword" && /^(select|from|where|on|set|by|values|using|returning)$/iu.test(word),
  );
  return clause?.word.toLowerCase() === "from";
}

function afterDot(name: string, words: readonly Word[], catalog: Catalog): Suggestion[] {
  const used = usedRelations(words, catalog).find(
    ({ alias, relation }) => alias === name || relation.name === name,
  );
  if (used !== undefined) return columnSuggestions(used.relation, 0);
  return relationSuggestions(catalog, name);
}

function general(words: readonly Word[], catalog: Catalog): Suggestion[] {
  const used = usedRelations(words, catalog);
  const columns = used.flatMap(({ relation }) => columnSuggestions(relation, 0));
  const aliases = used
    .filter(({ alias }) => alias !== undefined)
    .map(({ alias, relation }): Suggestion => ({
      kind: "alias",
      label: alias ?? "",
      insert: quoted(alias ?? ""),
      detail: relation.name,
      rank: 1,
    }));
  const functions = catalog.functions
    .filter(({ returnsTrigger, kind }) => !returnsTrigger && kind !== "procedure")
    .map((each): Suggestion => ({
      kind: "function",
      label: each.name,
      insert: quoted(each.name),
      detail: `(${each.arguments}) ${each.returns}`,
      rank: 3,
    }));
  const keywords = keywordList.map((word): Suggestion => ({
    kind: "keyword",
    label: word.toUpperCase(),
    insert: word.toUpperCase(),
    detail: "",
    rank: 4,
  }));
  const relations = relationSuggestions(catalog).map((suggestion) => ({ ...suggestion, rank: 2 }));
  return unique([...columns, ...aliases, ...relations, ...functions, ...keywords]);
}

/** Relations named after FROM, JOIN, UPDATE, INTO with the alias that follows. */
function usedRelations(words: readonly Word[], catalog: Catalog): { relation: Relation; alias?: string }[] {
  const used: { relation: Relation; alias?: string }[] = [];
  words.forEach(({ token }, index) => {
    if (!isName(token) || token.kind === "keyword") return;
    const qualified = words[index + 1]?.word === ".";
    const owner = words[index - 1]?.word === "." ? words[index - 2]?.word : undefined;
    if (qualified) return;
    const place = words[index - (owner === undefined ? 1 : 3)];
    if (place === undefined || !(relationPlaces.has(place.word.toLowerCase()) || place.word === ",")) return;
    const relation = findRelation(catalog, words[index]?.word ?? "", owner);
    if (relation === undefined) return;
    const after = words[index + 1];
    const alias = after?.word.toLowerCase() === "as" ? words[index + 2] : after;
    used.push(
      alias !== undefined && alias.token.kind !== "keyword" && isName(alias.token)
        ? { relation, alias: alias.word }
        : { relation },
    );
  });
  return used;
}

export function findRelation(catalog: Catalog, name: string, schema?: string): Relation | undefined {
  if (schema !== undefined)
    return catalog.relations.find((each) => each.name === name && each.schema === schema);
  for (const path of catalog.searchPath) {
    const found = catalog.relations.find((each) => each.name === name && each.schema === path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function columnSuggestions(relation: Relation, rank: number): Suggestion[] {
  return relation.columns.map((column) => ({
    kind: "column",
    label: column.name,
    insert: quoted(column.name),
    detail: `${column.type}${column.class === undefined ? "" : ` · ${column.class}`} · ${relation.name}`,
    rank,
  }));
}

function relationSuggestions(catalog: Catalog, schema?: string): Suggestion[] {
  const shown = catalog.relations.filter(({ kind }) => kind !== "sequence" && kind !== "composite");
  const relations = shown
    .filter((relation) => schema === undefined || relation.schema === schema)
    .map((relation): Suggestion => {
      const bare = schema !== undefined || findRelation(catalog, relation.name)?.oid === relation.oid;
      const name = bare ? quoted(relation.name) : `${quoted(relation.schema)}.${quoted(relation.name)}`;
      return {
        kind: "relation",
        label: bare ? relation.name : `${relation.schema}.${relation.name}`,
        insert: name,
        detail: relation.kind,
        rank: bare ? 0 : 1,
      };
    });
  const schemas = [...new Set(shown.map(({ schema }) => schema))].map((name): Suggestion => ({
    kind: "schema",
    label: name,
    insert: quoted(name),
    detail: "schema",
    rank: 2,
  }));
  return unique(schema === undefined ? [...relations, ...schemas] : relations);
}

function unique(suggestions: readonly Suggestion[]): Suggestion[] {
  const seen = new Set<string>();
  return suggestions
    .filter(({ kind, insert, detail }) => {
      const key = `${kind} ${insert} ${detail}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, maxSuggestions);
}

/** An identifier as it must be written: quoted unless lower case and plain. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
