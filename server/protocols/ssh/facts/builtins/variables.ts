import { noteArithmetic, someNumber } from "../arithmetic.ts";
import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteOpaque, noteTamper } from "../findings.ts";
import { silent } from "../flow.ts";
import { takes } from "../programs/program.ts";
import { isSetByHook } from "../variables.ts";
import { tamper, type Builtin } from "./builtin.ts";

/** Builtins whose `name=value` words are assignments. */
export const declares: ReadonlySet<string> = new Set([
  "declare",
  "typeset",
  "local",
  "export",
  "readonly",
  "integer",
  "float",
  "private",
]);

export const unknownValue =
  (options: string): Builtin =>
  (call, runner) => {
    const parsed = parseArguments(call.args, takes(options));
    const code = valuesOf(parsed, "-C");
    if (call.name !== "read" && code[0] !== undefined)
      runner.text(code[0], call.scope, { by: call.name, same: true });
    for (const { text, dynamic } of [...parsed.operands, ...valuesOf(parsed, "-a")]) {
      if (dynamic)
        noteOpaque(runner.findings, `${call.name} gives a value to a variable named by an expansion`);
      runner.assign(text.replace(/\[.*$/s, ""), undefined, call.scope);
    }
    return silent;
  };

export const declaration: Builtin = (call, runner) => {
  const { findings } = runner;
  const { name, args, scope } = call;
  const parsed = parseArguments(args);
  const names = parsed.operands.filter(({ text }) => !text.startsWith("+"));
  const shows = names.length === 0 || hasFlag(parsed, "-p");
  if (hasFlag(parsed, "-f", "-F") || (name === "functions" && names.length === 0))
    tamper(`${name} -f`)(call, runner);
  else if (hasFlag(parsed, "-m") && scope.shell === "zsh") tamper(`${name} -m`)(call, runner);
  else if (shows) {
    findings.secrets.add("environment");
    if (!/^(export|readonly)$/.test(name) && names.length === 0) tamper(name)(call, runner);
  }
  if (hasFlag(parsed, "-n") && name !== "export")
    noteOpaque(findings, `${name} -n makes one variable stand for another`);
  if ((hasFlag(parsed, "-i") || /^(integer|float)$/.test(name)) && names.length > 0)
    noteOpaque(findings, `${name} -i makes values arithmetic, which can run commands`);
  const freezes = name === "readonly" || hasFlag(parsed, "-r");
  for (const frozen of names.map(({ text }) => text.replace(/[=+[].*$/s, "")))
    if (scope.live && freezes && isSetByHook(frozen)) noteTamper(findings, `readonly ${frozen}`);
  for (const { text, dynamic } of names)
    if (dynamic && !/^[A-Za-z_]\w*=/.test(text))
      noteOpaque(findings, `${name} names a variable by an expansion`);
    else if (/^[^=]*\[(?!\w+\])/.test(text)) noteOpaque(findings, `${name} evaluates a subscript`);
    else if (!text.includes("=") && !shows) runner.assign(text, undefined, scope);
  return silent;
};

export const unset: Builtin = ({ args, scope }, runner) => {
  const { operands, flags } = parseArguments(args);
  for (const { text, dynamic } of operands) {
    if (dynamic) noteOpaque(runner.findings, "unset names a variable by an expansion");
    runner.assign(text.replace(/\[.*$/s, ""), undefined, scope);
    if (scope.live && (flags.has("-f") || operands.length > 0) && /^(precmd|preexec)$/.test(text))
      noteTamper(runner.findings, text);
    if (/\[[^[]*(\$\(|`)/.test(text)) noteOpaque(runner.findings, "a subscript holds a command");
  }
  return silent;
};

export const evaluated: Builtin = ({ args, scope }, runner) => {
  for (const { text } of args)
    for (const name of noteArithmetic(runner.findings, text, scope)) runner.assign(name, [someNumber], scope);
  return silent;
};

/** zsh takes these words for arithmetic. */
export const counted: Builtin = (call, runner) => {
  if (call.scope.shell === "zsh")
    for (const { text } of call.args) noteArithmetic(runner.findings, text, call.scope);
  return silent;
};

/** `-p` gives a variable a value. */
export const wait: Builtin = ({ args, scope }, runner) => {
  for (const { text } of valuesOf(parseArguments(args, takes("-p")), "-p"))
    runner.assign(text.replace(/\[.*$/s, ""), undefined, scope);
  return silent;
};

export const test: Builtin = ({ args, scope }, { findings }) => {
  if (args.some(({ text }) => /\[[^[\]]*(\$\(|`)/.test(text)))
    noteOpaque(findings, "a subscript holds a command");
  args.forEach(({ text }, index) => {
    const after = args[index + 1];
    if (/^-[vR]$/.test(text) && after?.dynamic === true)
      noteOpaque(findings, `${text} names a variable by an expansion, whose subscript would run`);
    if (scope.shell === "zsh" && /^-(eq|ne|lt|le|gt|ge)$/.test(text))
      for (const side of [args[index - 1], after])
        if (side !== undefined) noteArithmetic(findings, side.text, scope);
  });
  return silent;
};
