import type { Arguments } from "./arguments.ts";
import type { Findings } from "./findings.ts";
import type { Flow } from "./flow.ts";
import type { Dialect } from "./meaning.ts";
import type { Operand } from "./operand.ts";
import type { Program } from "./programs/program.ts";

/** Where in the command, and in which shell, a word is read. */
export type Scope = {
  /** What positions point into; the command's own text where `own`. */
  source: string;
  own: boolean;
  /** The grammar of the shell that reads it. */
  shell: Dialect;
  /** The shell that the person types into: its aliases, functions and variables, and the gate's hook. */
  live: boolean;
  depth: number;
  /** Aliases and functions that are being looked into. */
  expanding: ReadonlySet<string>;
  /** The value of each variable that the text gives one; no value in the list where it is not known. */
  variables: Map<string, readonly Operand[]>;
  /** How often this is looked at, for the values of the loops around it. */
  rounds: number;
  positional: readonly Operand[] | undefined;
  /** What stands here runs once, whatever else happens. */
  certain: boolean;
};

/** After what may give any variable any value. */
export function forgetAll({ variables }: Scope): void {
  for (const name of variables.keys()) variables.set(name, []);
}

/** A program with its words. */
export type Call = {
  /** As the table knows it. */
  name: string;
  args: readonly Operand[];
  program: Program;
  scope: Scope;
  /** Undefined where it reads the terminal. */
  input: Flow | undefined;
};

export type Runner = {
  findings: Findings;
  /** Words as the shell runs them: functions, builtins, programs. */
  run(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow;
  /** Words past functions, as `command` and `exec` run them; `program` past builtins too. */
  plain(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow;
  program(argv: readonly Operand[], scope: Scope, input: Flow | undefined): Flow;
  /** The table's way for a program that has a function of its own as well. */
  generic(call: Call): Flow;
  parse(call: Call): Arguments;
  /** A text that a shell runs: the same one (`eval`), or another. */
  text(
    text: Operand,
    scope: Scope,
    how: { by: string; same?: boolean; positional?: readonly Operand[] },
  ): Flow;
  /** A shell that runs what it is given. */
  fed(by: string, input: Flow | undefined, scope: Scope): Flow;
  /** What the substitutions in a word carry. */
  flowOf(operand: Operand): Flow;
  /** A variable that gets a value; undefined for one that is not known. */
  assign(name: string, values: readonly Operand[] | undefined, scope: Scope): void;
};

export type Handler = (call: Call, runner: Runner) => Flow | undefined;
