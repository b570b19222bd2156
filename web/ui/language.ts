import { shellTokens } from "./shell-tokens.ts";
import { sqlTokens, type SqlTokenKind } from "./sql-tokens.ts";

/** In what a command is written. */
export type Language = "sql" | "shell";
export type Token = { kind: SqlTokenKind; start: number; end: number };

export const languageNames: Record<Language, string> = { sql: "PostgreSQL", shell: "Shell" };

/** The text cut into tokens: every character belongs to exactly one. */
export const tokensOf = (text: string, language: Language): Token[] =>
  language === "sql" ? sqlTokens(text) : shellTokens(text);

/** Where a line of it ends. A shell takes a carriage return for a character of its word. */
export const lineEnd = (language: Language): RegExp => (language === "sql" ? /\r\n|\n/u : /\n/u);

const colours: Partial<Record<SqlTokenKind, string>> = {
  keyword: "k",
  string: "st",
  number: "nu",
  comment: "co",
  function: "fn",
  parameter: "pa",
};

/** The class that colours a token as the editor does. */
export const colourOf = (kind: SqlTokenKind): string | undefined => colours[kind];
