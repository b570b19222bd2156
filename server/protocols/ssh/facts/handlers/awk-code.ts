/** An awk program with `""` for each string and `//` for each pattern, without comments, and what the strings hold. */
export type AwkCode = { code: string; strings: string[] };

/** After these a slash begins a pattern; after an operand it divides. */
const beforePattern = /(^|[(,;{}!~&|?:=<>+\-*%^\n]|\b(print|printf|return|in|case|else|do|and|or))\s*$/;
const afterOperand = /[\w$"]\s*$/;
/** A pattern, in which each text can be read in one way alone: a bracket that stands first in its list is of the list. */
const pattern = /\/(?:\[\^?\][^\]\n]*\]|\[(?!\^?\])[^\]\n]*\]|[^/\\\n[]|\\.)+\//y;

/**
 * Tells strings and patterns apart as awk's own reader does (POSIX awk, lexical conventions). Undefined where a slash
 * may be either, and a quote comes after it: behind a bracket only the grammar could tell.
 */
export function awkCode(program: string): AwkCode | undefined {
  const strings: string[] = [];
  let code = "";
  let at = 0;
  const take = (what: RegExp): string | undefined => {
    what.lastIndex = at;
    const found = what.exec(program)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  while (at < program.length) {
    const character = program.charAt(at);
    if (character === "#") take(/#[^\n]*/y);
    else if (character === '"') {
      const text = take(/"(?:[^"\\]|\\[\s\S])*"/y);
      if (text === undefined) return undefined;
      strings.push(text.slice(1, -1).replace(/\\([\s\S])/g, "$1"));
      code += '""';
    } else if (character === "/") {
      const before = code.slice(-16);
      const isPattern = beforePattern.test(before);
      if (!isPattern && !afterOperand.test(before) && program.includes('"', at)) return undefined;
      const found = isPattern ? take(pattern) : undefined;
      if (isPattern && found === undefined) return undefined;
      if (found === undefined) at += 1;
      code += found === undefined ? "/" : "//";
    } else {
      code += character;
      at += 1;
    }
  }
  return { code, strings };
}
