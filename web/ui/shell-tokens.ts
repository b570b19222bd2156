/** What a stretch of a shell command is. Every character of the text belongs to exactly one token. */
export type ShellTokenKind =
  | "space"
  | "comment"
  | "string"
  | "parameter"
  | "keyword"
  /** The word that names what is run. */
  | "function"
  | "identifier"
  | "symbol";
export type ShellToken = { kind: ShellTokenKind; start: number; end: number };

/** Words after which a command begins, and those that end or lead one without beginning it. */
const opening = new Set("if then else elif while until do time ! {".split(" "));
const closing = new Set("fi done esac } for case select in function [[ ]] coproc".split(" "));

const blank = /[^\S\n]+/uy;
const comment = /#[^\n]*/uy;
const single = /\$?'(?:[^']*)(?:'|$)/uy;
const ansi = /\$'(?:[^'\\]|\\[\s\S])*(?:'|$)/uy;
const expansion = /\$(?:\w+|[?!#@*$-])/uy;
const assignment = /[A-Za-z_]\w*(?:\[[^\]\s]*\])?\+?=/uy;
const redirect = /\d*(?:<<<|<<-?|<>|<&|>&|>>|>\||<(?!\()|>(?!\())|&>>?/uy;
const operator = /;;&|;;|;&|&&|\|\||\|&|[<>]\(|\$\(|[;&|()\n]/uy;
/** As far as a word goes before something else begins; a backslash takes the next character with it. */
const word = /(?:\\[\s\S]|[^\s'"`$;&|()<>\\])+/uy;
const inDouble = /(?:\\[\s\S]|[^"`$\\])+/uy;
const delimiter = /[^\S\n]*(?:'([^'\n]*)'|"([^"\n]*)"|\\?([^\s;&|()<>'"]+))/uy;

/** What is being read; and once it has ended, whether a command may still begin: `X=$(id) sort`. */
type Frame = { mode: "code" | "double" | "backtick"; begins: boolean; within: boolean };

/**
 * Splits a command as bash does, well enough for colours: what stands where a command stands is told from its words,
 * within substitutions too. What it says decides nothing: the gate parses with the real grammar.
 */
export function shellTokens(text: string): ShellToken[] {
  const tokens: ShellToken[] = [];
  const frames: Frame[] = [{ mode: "code", begins: true, within: false }];
  const documents: { name: string; tabs: boolean }[] = [];
  let at = 0;
  /** A command may begin here; the next word is where a redirection goes; the last token was part of a word. */
  let begins = true;
  let redirected = false;
  let within = false;

  /** A part of a word begins that is read by itself; a group is no part of a word. */
  const enter = (mode: Frame["mode"], group = false) => {
    frames.push({ mode, begins: within && begins, within: !group });
    if (mode === "double") return;
    begins = true;
    within = false;
  };
  const leave = () => {
    const frame = frames.length > 1 ? frames.pop() : undefined;
    begins = frame?.begins ?? false;
    within = frame?.within ?? false;
  };
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? "";
  };
  const push = (kind: ShellTokenKind, length: number) => {
    tokens.push({ kind, start: at, end: at + length });
    at += length;
  };
  const part = (kind: ShellTokenKind, length: number) => {
    push(kind, length);
    if (redirected && !within) redirected = false;
    else if (!within) begins = false;
    within = true;
  };
  const wordHere = (length: number) => {
    const found = text.slice(at, at + length);
    if (within || redirected || !begins) return part("identifier", length);
    const named = match(assignment);
    if (named !== "") {
      push("identifier", length);
      within = true;
      return;
    }
    if (opening.has(found)) return push("keyword", length);
    part(closing.has(found) ? "keyword" : "function", length);
  };
  /** The texts that `<<` announced, which begin on the next line. */
  const bodies = () => {
    for (const { name, tabs } of documents.splice(0)) {
      const start = at;
      let end = at;
      while (end < text.length) {
        const close = text.indexOf("\n", end);
        const line = text.slice(end, close < 0 ? text.length : close);
        end = close < 0 ? text.length : close + 1;
        if ((tabs ? line.replace(/^\t+/u, "") : line) === name) break;
      }
      if (end > start) push("string", end - start);
    }
  };
  const codeHere = () => {
    const space = match(blank);
    if (space !== "") {
      within = false;
      return push("space", space.length);
    }
    const remark = within ? "" : match(comment);
    if (remark !== "") return push("comment", remark.length);
    const quoted = match(ansi) || match(single);
    if (quoted !== "") return part("string", quoted.length);
    if (text.startsWith('"', at)) {
      part("string", 1);
      return enter("double");
    }
    if (shared()) return;
    const redirection = match(redirect);
    if (redirection !== "" && !(within && /^\d/u.test(redirection))) {
      push("symbol", redirection.length);
      within = false;
      redirected = true;
      const document = /<<-?$/u.test(redirection) && heredoc();
      if (document) documents.push({ name: document, tabs: redirection.endsWith("-") });
      return;
    }
    const sign = match(operator);
    if (sign !== "") {
      push("symbol", sign.length);
      redirected = false;
      if (sign === ")") return leave();
      if (sign.endsWith("(")) return enter("code", sign === "(");
      within = false;
      begins = true;
      if (sign === "\n") bodies();
      return;
    }
    const plain = match(word);
    if (plain !== "") return wordHere(plain.length);
    // One whole code point, so that a surrogate pair is never cut.
    part("identifier", (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  };
  const heredoc = (): string => {
    delimiter.lastIndex = at;
    const [, one, two, three] = delimiter.exec(text) ?? [];
    return one ?? two ?? three ?? "";
  };
  /** What counts within double quotes as it does without. */
  const shared = (): boolean => {
    if (text.startsWith("`", at)) {
      push("symbol", 1);
      if (frames.at(-1)?.mode === "backtick") leave();
      else enter("backtick");
      return true;
    }
    if (text.startsWith("$(", at)) {
      push("symbol", 2);
      enter("code");
      return true;
    }
    const braced = text.startsWith("${", at) ? bracedEnd(text, at + 2) - at : match(expansion).length;
    if (braced === 0) return false;
    part("parameter", braced);
    return true;
  };

  while (at < text.length) {
    if (frames.at(-1)?.mode !== "double") codeHere();
    else if (text.startsWith('"', at)) {
      push("string", 1);
      leave();
    } else if (!shared()) push("string", Math.max(1, match(inDouble).length));
  }
  return tokens;
}

/** Behind the brace that closes the one before `from`; braces within count. */
function bracedEnd(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return text.length;
}
