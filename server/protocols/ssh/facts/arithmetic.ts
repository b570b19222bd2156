import type { Assignment } from "unbash";
import { type Findings, noteOpaque } from "./findings.ts";
import { type Known, type Operand, plainOperand } from "./operand.ts";

/** A number of which no more is known. */
export const someNumber: Operand = plainOperand("$((0))");

/** Substitutions that print a number alone, whatever stands in files or names. */
const counting =
  /\$\(\s*(?:nproc(?: --all)?|date \+%[a-zA-Z]|wc -[lcwm] *< *[\w./~-]+|id -[ugG]|expr [\w +-]+)\s*\)/g;
/** Lengths, and parameters that the shell itself counts. */
const lengths = /\$\{#[\w@*]+(?:\[[@*]\])?\}|\$[#?$!]|\$\{[#?$!]\}/g;
/** Variables that the shell makes, and that are numbers until they are unset. */
export const countedByShell =
  /^(RANDOM|SRANDOM|SECONDS|LINENO|EPOCHSECONDS|UID|EUID|PPID|BASHPID|OPTIND|MAILCHECK)$/;

const isNumber = (text: string): boolean =>
  /^[-+]?\d+$/.test(text) ||
  /^\$\(\(.*\)\)$/s.test(text) ||
  text.replaceAll(lengths, "").replaceAll(counting, "") === "";

/** What a variable may be used for in arithmetic without a look at its value. */
export const areNumbers = (values: readonly Operand[] | undefined): boolean =>
  values !== undefined && values.length > 0 && values.every(({ text }) => text !== "" && isNumber(text));

/**
 * An arithmetic text evaluates what its variables hold, and a subscript in there runs commands: `x='a[$(id)]'; ((x))`.
 * So each variable has to be a number by the text itself. Gives the names that it assigns.
 */
export function noteArithmetic(findings: Findings, text: string, { variables }: Known): string[] {
  const plain = text
    .replaceAll("$((", "((")
    .replaceAll(lengths, "1")
    .replaceAll(counting, "1")
    .replace(/\$\{(\w+)\}/g, "$1")
    .replace(/\$(?=[A-Za-z_])/g, "");
  const assigned = new Set<string>();
  const note = (what: string): void =>
    noteOpaque(findings, `arithmetic evaluates what ${what.slice(0, 40)} holds, which can run commands`);
  const strange = /[$`'"\\@]/.exec(plain);
  if (strange !== null) {
    note(plain.slice(strange.index));
    return [];
  }
  for (const { 0: name, index } of plain.matchAll(/(?<![\w#])[A-Za-z_]\w*/g)) {
    const after = plain.slice(index + name.length);
    if (
      /^\s*([-+*/%&|^]|<<|>>)?=(?!=)|^\s*(\+\+|--)/.test(after) ||
      /(\+\+|--)\s*$/.test(plain.slice(0, index))
    )
      assigned.add(name);
    if (/^\s*=(?!=)/.test(after)) continue;
    const values = variables.get(name);
    if (!(values === undefined ? countedByShell.test(name) : areNumbers(values))) note(name);
  }
  return [...assigned];
}

/** An assignment that leaves a number a number: `i=$((i + 1))`. */
export const countsOn = ({ name, value, index }: Assignment, variables: Known["variables"]): boolean =>
  index === undefined &&
  value.type === "Word" &&
  areNumbers([plainOperand(value.text)]) &&
  areNumbers(variables.get(name));
