import { withoutGroups } from "./qualifiers.ts";
import { bracketEnd, NotFollowed, readWord, type ZshWord } from "./words.ts";

/** Words that may be there or not, which are tried both ways; with more of them the text is not judged. */
const maxPerhaps = 3;

export type BashForm = {
  /** The text as bash reads it. With words that may be missing, each text that may run; the whole one first. */
  texts: string[];
  /** What has a meaning in it that is not judged. */
  strange: string[];
};

/** What ends a body: a brace of its own, of a loop, of a condition; `short` is a body of one command without any. */
type Open = { kind: "group" | "loop" | "condition" | "subshell" | "words" | "short"; end: string };
type Edit = { start: number; end: number; text: string; perhaps?: boolean };

/**
 * The forms that zsh adds to the grammar of other shells, as bash has them: `for x (a b)`, bodies in braces,
 * `f() { x }`, qualifiers of patterns. A text in which something is not followed comes back as it is.
 */
export function asBash(text: string): BashForm {
  if (!/[({]|&[|!]|\bfor\b/.test(text)) return { texts: [text], strange: [] };
  try {
    return apply(text, editsOf(text));
  } catch (error) {
    if (error instanceof NotFollowed) return { texts: [text], strange: [] };
    throw error;
  }
}

function apply(text: string, { edits, strange }: { edits: Edit[]; strange: string[] }): BashForm {
  const perhaps = edits.filter((edit) => edit.perhaps === true);
  const tooMany = perhaps.length > maxPerhaps;
  const subsets = tooMany ? 1 : 2 ** perhaps.length;
  const texts = Array.from({ length: subsets }, (_, subset) => {
    let out = "";
    let at = 0;
    for (const edit of edits) {
      const isMissing = Math.floor(subset / 2 ** perhaps.indexOf(edit)) % 2 === 1;
      out += text.slice(at, edit.start) + (edit.perhaps === true && isMissing ? "" : edit.text);
      at = edit.end;
    }
    return out + text.slice(at);
  });
  return { texts, strange: tooMany ? [...strange, "so many words with (N)"] : strange };
}

/** Walks the text once, in the order of its words. Throws NotFollowed. */
function editsOf(text: string): { edits: Edit[]; strange: string[] } {
  const edits: Edit[] = [];
  const strange: string[] = [];
  const open: Open[] = [];
  /** A command's name is due, or a word of the grammar. */
  let command = true;
  /** Something stands since the last separator. */
  let separated = true;
  let at = 0;

  const put = (start: number, end: number, replacement: string): void => {
    edits.push({ start, end, text: replacement });
  };
  const skip = (pattern: RegExp): void => {
    pattern.lastIndex = at;
    at += pattern.exec(text)?.[0].length ?? 0;
  };
  const next = (): string => text.charAt(at);
  const closeShort = (): void => {
    for (; open.at(-1)?.kind === "short"; open.pop()) put(at, at, open.at(-1)?.end ?? "");
  };
  const pop = (...kinds: Open["kind"][]): Open => {
    closeShort();
    const last = open.pop();
    if (last === undefined || !kinds.includes(last.kind)) throw new NotFollowed();
    return last;
  };
  const begin = (): void => {
    command = true;
    separated = true;
  };
  const argument = (word: ZshWord, certain = false): void => {
    at = word.end;
    if (word.groups.length === 0) return;
    const plain = withoutGroups(text, word);
    if (plain.strange !== undefined) strange.push(plain.strange);
    edits.push({ start: word.start, end: word.end, text: plain.text, perhaps: plain.perhaps && !certain });
  };
  const openBrace = (kind: Open["kind"], before: string, end: string): void => {
    put(at, at + 1, before);
    at += 1;
    open.push({ kind, end });
    begin();
  };
  /** A body in braces, or of one command: `do` and its like go in front of it, `end` behind it. */
  const body = (kind: Open["kind"], [before, end]: readonly [string, string]): void => {
    if (next() === "{") return openBrace(kind, `${before} `, end);
    if (!/[\w./~$"'\\-]/.test(next()) || reserved.has(wordAt(text, at))) throw new NotFollowed();
    put(at, at, `${before} `);
    open.push({ kind: "short", end });
    begin();
  };
  /** Behind `for`: the name, and the words in brackets or behind `in`. */
  const loop = (): void => {
    skip(blanks);
    if (text.startsWith("((", at)) {
      at = arithmeticEnd(text, at);
      skip(blanks);
      if (next() === ";" || next() === "\n") return begin();
      return next() === "{" ? begin() : body("loop", ["; do", "; done"]);
    }
    const name = readWord(text, at);
    if (!/^[A-Za-z_]\w*$/.test(text.slice(name.start, name.end))) throw new NotFollowed();
    at = name.end;
    skip(blanks);
    if (next() !== "(") {
      // As in bash, up to `in`; then words up to a separator.
      if (wordAt(text, at) !== "in") throw new NotFollowed();
      at += 2;
      for (skip(blanks); !/[;\n]|^$/.test(next()); skip(blanks)) argument(readWord(text, at), true);
      skip(separators);
      return wordAt(text, at) === "do" ? begin() : body("loop", ["do", "; done"]);
    }
    put(at, at + 1, " in ");
    at += 1;
    for (skip(blanks); next() !== ")"; skip(blanks))
      if (next() === "\n") put(at, ++at, " ");
      else argument(readWord(text, at), true);
    const close = at;
    at += 1;
    skip(separators);
    put(close, at, "; ");
    return wordAt(text, at) === "do" ? begin() : body("loop", ["do", "; done"]);
  };
  /** Behind `if` or `while`: a test, and a body in braces. Whatever else stands there is as in bash. */
  const condition = (word: string): void => {
    skip(blanks);
    const isTest = text.startsWith("[[", at) && /\s/.test(text.charAt(at + 2));
    if (!isTest && !text.startsWith("((", at)) return begin();
    at = isTest ? testEnd(text, at) : arithmeticEnd(text, at);
    command = false;
    separated = false;
    skip(blanks);
    if (next() !== "{") return;
    const isLoop = word === "while" || word === "until";
    openBrace(isLoop ? "loop" : "condition", isLoop ? "; do " : "; then ", isLoop ? "; done" : "; fi");
  };
  const closeBrace = (): void => {
    const { kind, end } = pop("group", "loop", "condition");
    const brace = at;
    at += 1;
    const ahead = /^\s*(else|elif)\b/.exec(text.slice(at))?.[1];
    const isOver = kind !== "condition" || ahead === undefined;
    const closing = isOver ? end : "; ";
    put(brace, at, separated ? closing.replace(/^; /, "") : closing);
    command = false;
    separated = false;
    if (!isOver) {
      skip(/\s*/y);
      at += ahead.length;
      skip(blanks);
      if (ahead === "elif" || next() !== "{") throw new NotFollowed();
      return openBrace("condition", " ", "; fi");
    }
    skip(blanks);
    if (kind !== "group" || wordAt(text, at) !== "always") return;
    put(at, at + "always".length, ";");
    at += "always".length;
    begin();
  };
  const operator = (): void => {
    const [found = ""] = /^(?:;;|&&|\|\||&[|!]|\|&|[;&|\n])/.exec(text.slice(at)) ?? [];
    if (found === ";;") throw new NotFollowed();
    if (/^(?:;|\n|&[|!]?)$/.test(found)) closeShort();
    if (/^&[|!]$/.test(found)) put(at, at + found.length, "&");
    at += found.length;
    begin();
  };
  const redirect = (): void => {
    if (/^<<(?!<)/.test(text.slice(at))) throw new NotFollowed();
    skip(/(?:<<<|[<>]\(|[<>]+[&|]?)/y);
    if (text.charAt(at - 1) === "(") at = bracketEnd(text, "(", ")", at);
    else {
      skip(blanks);
      const target = readWord(text, at);
      if (target.groups.length > 0) throw new NotFollowed();
      at = target.end;
    }
    separated = false;
  };
  const bracket = (): void => {
    if (!command) throw new NotFollowed();
    if (text.startsWith("((", at)) {
      at = arithmeticEnd(text, at);
      command = false;
      separated = false;
      return;
    }
    at += 1;
    open.push({ kind: "subshell", end: "" });
    begin();
  };
  const define = (): void => {
    // `name()` or `function name`.
    skip(/[ \t]*(?:\(\))?\s*/y);
    if (next() === "{") return openBrace("group", "{ ", "; }");
    return next() === "(" ? begin() : body("group", ["{", "; }"]);
  };
  const word = (): void => {
    const found = readWord(text, at);
    const value = text.slice(found.start, found.end);
    if (!command) {
      separated = false;
      return argument(found);
    }
    if (notFollowed.has(value)) throw new NotFollowed();
    if (value === "[[" || found.groups.length > 0) {
      if (value !== "[[") throw new NotFollowed();
      at = testEnd(text, at);
      command = false;
      separated = false;
      return;
    }
    at = found.end;
    if (value === "for") return loop();
    if (/^(?:if|while|until)$/.test(value)) return condition(value);
    if (/^(?:do|then|elif|else|!|time)$/.test(value)) return begin();
    separated = false;
    if (value === "function") {
      skip(blanks);
      at = readWord(text, at).end;
      return define();
    }
    if (/^[ \t]*\(\)/.test(text.slice(at))) return define();
    if (/^\w+\+?=$/.test(value) && next() === "(") {
      at += 1;
      for (skip(/\s*/y); next() !== ")"; skip(/\s*/y)) argument(readWord(text, at), true);
      at += 1;
      return;
    }
    command = /^\w+\+?=/.test(value);
  };

  while (at < text.length) {
    skip(blanks);
    const character = next();
    if (character === "") break;
    if (/[;&|\n]/.test(character)) operator();
    else if (character === "#") throw new NotFollowed();
    else if (character === "(") bracket();
    else if (character === ")") {
      pop("subshell");
      at += 1;
      command = false;
      separated = false;
    } else if (character === "}") closeBrace();
    else if (/[<>]/.test(character)) redirect();
    else if (command && character === "{" && /\s/.test(text.charAt(at + 1))) openBrace("group", "{", "; }");
    else word();
  }
  closeShort();
  return { edits, strange };
}

const blanks = /(?:[ \t]|\\\n)*/y;
const separators = /[ \t]*(?:;|\n)?\s*/y;
/** Words of the grammar whose bodies are not followed here. */
const notFollowed = new Set(["case", "select", "foreach", "repeat", "coproc", "noglob", "nocorrect"]);
const reserved = new Set(
  "if then elif else fi for while until do done case esac select foreach repeat function coproc time [[ !".split(
    " ",
  ),
);

const wordAt = (text: string, at: number): string => /^[^\s;&|<>()]*/.exec(text.slice(at))?.[0] ?? "";

/** Arithmetic without brackets of its own. */
function arithmeticEnd(text: string, at: number): number {
  const [found] = /^\(\([^()'"`\\#]*\)\)/.exec(text.slice(at)) ?? [];
  if (found === undefined) throw new NotFollowed();
  return at + found.length;
}

/** A test whose words are plain enough to be told from its end. */
function testEnd(text: string, at: number): number {
  const [found] =
    /^\[\[\s(?:[^'"`\\#\]\n(]|'[^'\n]*'|"[^"`\\$\n]*")*\s\]\](?=[\s;&|)}]|$)/.exec(text.slice(at)) ?? [];
  if (found === undefined) throw new NotFollowed();
  return at + found.length;
}
