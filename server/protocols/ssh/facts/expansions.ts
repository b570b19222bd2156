import { forEachChild, type SyntaxNode, type Word, type WordPart } from "unbash";
import { noteArithmetic } from "./arithmetic.ts";
import { type Findings, noteOpaque, noteTamper } from "./findings.ts";
import type { Known } from "./operand.ts";

/**
 * Text that becomes a command where a shell takes it for a subscript: `a[$(id)]`, kept from expansion by quotes. It is
 * looked for from the last bracket before it, so that each character is looked at once.
 */
const subscript = /\[[^[\]\0]*(\$\(|`|\$\{)/;

/** What the quotes and escapes of a word leave, with NUL for what is only known when it runs. */
const quotedText = (part: WordPart): string => {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return part.value;
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.map(quotedText).join("");
    case "Glob":
      return part.text;
    default:
      return "\0";
  }
};
const oldArithmetic = /(?<!\\)\$\[/;
/** What of a word's text the shell expands: all but what single quotes hold. */
const expandedText = ({ text, parts }: Word): string =>
  parts === undefined
    ? text
    : parts.map((part) => (/^(Single|AnsiC)Quoted$/.test(part.type) ? "\0" : part.text)).join("");
const isArithmeticTest = /^-(eq|ne|lt|le|gt|ge)$/;
/** The text of a word that is arithmetic: its quotes mean nothing there. */
const unquoted = ({ text }: Word): string => text.replaceAll(/["']/g, "");

/**
 * What the expansions of a word do beside giving a value: run what a variable holds, give variables values, hide
 * a command in a subscript or in what arithmetic evaluates. Substitutions are not gone into.
 */
export function noteExpansions(
  findings: Findings,
  node: SyntaxNode,
  known: Known & { live: boolean; source: string },
  assign: (name: string, isNumber: boolean) => void,
): void {
  const shown = (name: string): void => {
    if (known.live && name.startsWith("__g_")) noteTamper(findings, name);
  };
  const arithmetic = (text: string): void => {
    for (const name of noteArithmetic(findings, text, known)) assign(name, true);
  };
  const index = (word: Word | undefined): void => {
    if (word !== undefined && !/^[@*]$/.test(word.value)) arithmetic(unquoted(word));
  };
  const visit = (child: SyntaxNode): void => {
    switch (child.type) {
      case "Script":
        return;
      case "Word":
        if (oldArithmetic.test(expandedText(child)))
          noteOpaque(findings, "$[...] is arithmetic of an old form, which is not judged");
        if (subscript.test((child.parts ?? []).map(quotedText).join("")))
          noteOpaque(findings, "a quoted subscript holds a command that arithmetic would run");
        break;
      case "HereDoc":
        if (child.delimiter?.quoted !== true && oldArithmetic.test(child.body.text))
          noteOpaque(findings, "$[...] is arithmetic of an old form, which is not judged");
        break;
      case "SimpleExpansion":
        shown(child.text.slice(1));
        return;
      case "Assignment":
        index(child.index);
        break;
      case "ParameterExpansion":
        shown(child.parameter);
        index(child.index);
        if (child.operation?.type === "Slice") {
          arithmetic(unquoted(child.operation.offset));
          if (child.operation.length !== undefined) arithmetic(unquoted(child.operation.length));
        }
        if (child.operation?.type === "Transform" && child.operation.operand.value.includes("P"))
          noteOpaque(findings, `${child.text} runs the substitutions that a variable holds`);
        if (child.prefix === "!" && child.operation?.type !== "Names" && child.index === undefined)
          noteOpaque(findings, `${child.text} names a variable by a variable`);
        if (child.operation?.type === "Default" && child.operation.operator.endsWith("="))
          assign(child.parameter, false);
        if (child.operation?.type === "Unknown")
          noteOpaque(findings, `${child.text} is an expansion that is not known`);
        break;
      case "ArithmeticExpansion":
        arithmetic(child.text.slice(3, -2));
        break;
      case "ArithmeticCommand":
        arithmetic(child.body);
        break;
      case "TestBinary":
        if (isArithmeticTest.test(child.operator)) {
          arithmetic(unquoted(child.left));
          arithmetic(unquoted(child.right));
        }
        break;
      case "TestUnary":
        if (/^-[vR]$/.test(child.operator) && /[$`]/.test(child.operand.text))
          noteOpaque(
            findings,
            `${child.operator} names a variable by an expansion, whose subscript would run`,
          );
        break;
      default:
    }
    forEachChild(child, visit);
  };
  visit(node);
}
