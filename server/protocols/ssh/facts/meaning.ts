import type { ShellFacts } from "../../../../shared/nouns/facts.ts";

/** Texts above this are refused, in UTF-8 bytes: a command, and a script that was read. */
export const maxCommandBytes = 64 * 1024;
export const maxScriptBytes = 256 * 1024;
/** Work for one command, in nodes; reading a text within the text costs as much as some. */
export const maxNodes = 100_000;
export const innerTextNodes = 50;
/** Times that a body is looked at for the values of its loops; with more the values are not known. */
export const maxRounds = 64;
/** Substitutions, strings, aliases and functions within one another. */
export const maxDepth = 48;

/** The grammar of the shell that will read the text; `other` is known for its plain words alone. */
export type Dialect = "bash" | "zsh" | "sh" | "other";

/** What the live shell has told of words. A word that it knows nothing special of stands in `programs` as "". */
export type ShellWords = {
  aliases: Readonly<Record<string, string>>;
  /** Bodies, as `declare -f` prints them. */
  functions: Readonly<Record<string, string>>;
  /** Paths by `type -P`. */
  programs: Readonly<Record<string, string>>;
  /** Where the shell stands, if it is known. */
  directory?: string;
};

/** Half-open, in UTF-16 units of the command's text. */
export type Span = { start: number; end: number };

/** A file whose content the command runs. */
export type ScriptUse = {
  /** As named; relative to the shell's directory. */
  path: string;
  /** `bash`, `python3`; "" where the file's first line or its format decides. */
  interpreter: string;
  /** Runs in the shell itself: `source`, `.`. */
  sourced: boolean;
  /** Where the path stands; none where it comes out of an alias, a function or a text within the text. */
  span: Span | undefined;
  arguments: string[];
};

export type ShellMeaning = {
  facts: ShellFacts;
  /** False where the shell would ask for more: an open quote, here-document or compound, a trailing backslash. */
  complete: boolean;
  /** Command words that may be alias or function, and of which nothing is known. */
  words: string[];
  scripts: ScriptUse[];
};
