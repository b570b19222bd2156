import { parseArguments } from "../arguments.ts";
import { silent, unknownFlow } from "../flow.ts";
import { joinedOperands, runFile } from "../program.ts";
import { takes } from "../programs/program.ts";
import { forgetAll } from "../runner.ts";
import { tamper, type Builtin } from "./builtin.ts";

/** Runs the words as they are, past aliases and functions. */
export const command: Builtin = ({ args, scope, input }, runner) => {
  let at = 0;
  while (args[at]?.text === "-p" || args[at]?.text === "--") at += 1;
  if (/^-[vVp]*[vV]/.test(args[at]?.text ?? "")) return silent;
  runner.findings.wrappers.add("command");
  return runner.plain(args.slice(at), scope, input);
};

export const exec: Builtin = (call, runner) => {
  const { operands } = parseArguments(call.args, takes("-a"), { stop: true });
  if (operands.length === 0) return silent;
  tamper("exec")(call, runner);
  runner.findings.wrappers.add("exec");
  return runner.program(operands, call.scope, call.input);
};

export const source: Builtin = ({ name, args, scope, input }, runner) => {
  const [file, ...rest] = args[0]?.text === "--" ? args.slice(1) : args;
  if (file === undefined) return silent;
  const by = name === "." ? "source" : name;
  const flow = runFile(file, rest, { name: by, scope, input, sourced: true }, runner);
  forgetAll(scope);
  return flow ?? unknownFlow;
};

export const kill: Builtin = ({ args }, { findings }) => {
  findings.actions.add("shell.run");
  if (args.some(({ text }) => /^-(l|L)/.test(text))) return silent;
  findings.effects.add("process");
  findings.writes = true;
  return silent;
};

/** `-x` runs the rest, with process numbers for its jobs. */
export const jobs: Builtin = ({ args, scope, input }, runner) => {
  const at = args.findIndex(({ text, dynamic }) => dynamic || /^-\w*x/.test(text));
  return at < 0 ? silent : runner.plain(args.slice(at + 1), scope, input);
};

export const evaluate: Builtin = ({ args, scope }, runner) => {
  const words = args[0]?.text === "--" ? args.slice(1) : args;
  runner.findings.wrappers.add("eval");
  return words.length === 0 ? silent : runner.text(joinedOperands(words), scope, { by: "eval", same: true });
};
