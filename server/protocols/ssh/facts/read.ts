import { forEachChild, type ParsedScript, parse, type SyntaxNode } from "unbash";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Span } from "./meaning.ts";

/** Parentheses open at once before the parser is asked; it recurses. */
const maxOpen = 200;

export type ReadText = { script: ParsedScript; complete: boolean; comments: Span[] };

const unparseable = (detail: string, hint?: string): Refusal =>
  new Refusal("shell_unparseable", detail, hint === undefined ? {} : { hint });

const tooLarge = (detail: string): Refusal =>
  new Refusal("shell_too_large", detail, { hint: "Put it in a script, or run it in several commands." });

/** The checks that come before any grammar; throws as `readText` does. */
export function checkText(text: string, maxBytes: number): void {
  if (text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes)
    throw tooLarge(`A shell command may have ${maxBytes} bytes.`);
  const strange = strangeCharacter(text);
  if (strange !== undefined)
    throw unparseable(
      `The command holds ${strange}.`,
      "Remove it, or write it as an escape such as $'\\033'.",
    );
}

/**
 * Parses a text as bash reads it.
 *
 * Throws `shell_unparseable` for syntax errors and for characters that a terminal would act on or drop;
 * `shell_too_large` above `maxBytes` of UTF-8 and for deep nesting.
 */
export function readText(text: string, maxBytes: number): ReadText {
  checkText(text, maxBytes);
  if (isNestedTooDeep(text)) throw tooLarge("The command is nested too deep to be read.");
  try {
    const script = parse(text);
    return { script, ...judge(script, text) };
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge("The command is nested too deep to be read.");
    throw error;
  }
}

function strangeCharacter(text: string): string | undefined {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const hex = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    if (code >= 0xd800 && code <= 0xdfff) return `half a character (${hex})`;
    if (code === 0) return "a NUL character";
    if ((code < 0x20 && code !== 0x09 && code !== 0x0a) || (code >= 0x7f && code < 0xa0))
      return `a control character (${hex})`;
  }
  return undefined;
}

function isNestedTooDeep(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === "(") open += 1;
    if (character === ")" && open > 0) open -= 1;
    if (open > maxOpen) return true;
  }
  return false;
}

/** Errors of the text and of every text in it, and whether they say no more than that it has not ended. */
function judge(script: ParsedScript, text: string): { complete: boolean; comments: Span[] } {
  const end = text.trimEnd().length;
  const errors = [...(script.errors ?? [])];
  const covered: Span[] = [];
  let openDocument = false;
  const visit = (node: SyntaxNode, own: boolean): void => {
    const mine = own && !(node.type === "Script" && node.source !== undefined);
    if (node.type === "Script" && node !== script && script.errors === undefined)
      errors.push(...(node.errors ?? []));
    if (node.type === "HereDoc" && node.closing === undefined) openDocument = true;
    if (mine && tokens.has(node.type)) covered.push({ start: node.pos, end: node.end });
    forEachChild(node, (child) => visit(child, mine));
  };
  visit(script, true);
  const deep = errors.find(({ message }) => message.startsWith("maximum "));
  if (deep !== undefined) throw tooLarge("The command is nested too deep to be read.");
  const unended = ({ message, pos }: { message: string; pos: number }): boolean =>
    /^unterminated|^expected command in/.test(message) || (pos >= end && !onTheLine.test(message));
  const wrong = errors.find((error) => !unended(error));
  if (wrong !== undefined)
    throw unparseable(
      `The command cannot be parsed: ${wrong.message}.`,
      "Look for a missing quote or an unbalanced bracket.",
    );
  if (errors.length > 0 && errors.every(({ message }) => message.startsWith("expected command in")))
    throw unparseable("The command cannot be parsed: nothing stands between the brackets.");
  const comments = commentsIn(text, covered);
  const last = /(?<!\\)(\\+)\n?$/.exec(text)?.[1] ?? "";
  const continued =
    last.length % 2 === 1 && !comments.some(({ start, end: stop }) => start < end && stop >= end);
  return { complete: errors.length === 0 && !openDocument && !continued, comments };
}

/** What must follow on the same line: more lines would not help. */
const onTheLine = /^expected (redirect target|word after|command after 'coproc')/;

const tokens = new Set([
  "Word",
  "Assignment",
  "HereDocBody",
  "HereDocDelimiter",
  "ArithmeticCommand",
  "ArithmeticExpansion",
]);

/** The parser drops comments; they are what begins with `#` at a word's start outside every word. */
function commentsIn(text: string, covered: Span[]): Span[] {
  const sorted = covered.sort((a, b) => a.start - b.start);
  const found: Span[] = [];
  let [next, reach] = [0, 0];
  for (const match of text.matchAll(/(?<=^|[\s;|&()<>])#[^\n]*/g)) {
    for (let span = sorted[next]; span !== undefined && span.start <= match.index; span = sorted[++next])
      reach = Math.max(reach, span.end);
    if (reach <= match.index) found.push({ start: match.index, end: match.index + match[0].length });
  }
  return found;
}
