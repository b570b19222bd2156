import { type Arguments, hasFlag, optionNamed, parseArguments } from "./arguments.ts";
import { noteMark, noteNetwork, noteOpaque, notePath, noteScript } from "./findings.ts";
import { type Flow, flowWith } from "./flow.ts";
import { hostOf } from "./paths.ts";
import type { Operand } from "./operand.ts";
import type { Role } from "./programs/program.ts";
import type { Call, Runner } from "./runner.ts";

/** A call's words told apart by the table. */
export const parseCall = ({ args, program }: Call): Arguments =>
  parseArguments(args, program.options, {
    stop: program.wrapper !== undefined || program.subcommands !== undefined,
    dashLong: program.dashLong === true,
  });

/** Notes what the table says of a program and its words, and runs what it runs. */
export function runByTable(call: Call, runner: Runner): Flow {
  const { name, program, input } = call;
  const { findings } = runner;
  const parsed = parseCall(call);
  const { network, ...mark } = program.mark ?? {};
  noteMark(findings, mark, name);
  const reached = parsed.operands.length > 0 && program.operands?.includes("host") === true;
  if (network !== undefined && !reached) noteNetwork(findings, network, "");
  for (const flag of parsed.flags) {
    const full = optionNamed(flag, Object.keys(program.flags ?? {}));
    const mark = full === undefined ? undefined : program.flags?.[full];
    if (mark !== undefined) noteMark(findings, mark, name);
  }
  const manner = {
    recursive:
      program.recursive === true ||
      (program.recursive !== undefined && hasFlag(parsed, ...program.recursive)),
    forced: program.forced !== undefined && hasFlag(parsed, ...program.forced),
  };
  const flows: Flow[] = [];
  const use = (role: Role, operand: Operand): void => {
    const flow = useOperand(role, operand, call, runner, manner);
    if (flow !== undefined) flows.push(flow);
  };
  for (const { option, value } of parsed.values) {
    const full = optionNamed(option, Object.keys(program.options ?? {}));
    use(full === undefined ? "text" : (program.options?.[full] ?? "text"), value);
  }
  if (program.wrapper !== undefined) return wrapped(call, runner, parsed.operands);
  if (program.subcommands !== undefined) return subcommand(call, runner, parsed.operands);
  if (parsed.operands.length === 0 && program.bare !== undefined) noteMark(findings, program.bare, name);
  const roles = program.operands ?? ["text"];
  parsed.operands.forEach((operand, index) => {
    const last = index === parsed.operands.length - 1 && index > 0;
    use(
      last && program.last !== undefined
        ? program.last
        : (roles[Math.min(index, roles.length - 1)] ?? "text"),
      operand,
    );
  });
  const alone = parsed.operands.every(({ text }) => text === "-");
  if (input !== undefined && (program.passes === "always" || (program.passes === "alone" && alone)))
    return input;
  return flowWith(
    input,
    ...(program.gives === undefined ? [] : [program.gives]),
    ...flows.flatMap(({ traits }) => [...traits]),
  );
}

/** Names of long options that the table does not list, and that are seldom harmless. */
const runsSomething =
  /^--(?!no-)(\w+-)*(exec|cmd|command|pipe|prepipe|pager|plugin|plugins|load|engine|provider|module|hook|filter-program|script|askpass|viewer|renderer|rcfile|preprocessor|pre|bin|agent-program|program|editor|config-option|shell)$/;
const writesSomething =
  /^--(out|output|outfile|output-file|out-file|dump|dump-file|log|log-file|logfile|save|save-as|trace-file|record|hsts|etag-save|libcurl|cursor-file|tab|writerand|keylogfile|post-renderer|update|import|delete|remove|write|set|reset|fix|repair|in-place)$/;

/** Options that the table does not list are taken at their word, so that a new one is no way around a review. */
export function noteUnlisted({ name, args, program }: Call, { findings }: Runner): void {
  if (program.wrapper !== undefined) return;
  const { flags, values } = parseArguments(args, program.options);
  for (const flag of flags) {
    if (optionNamed(flag, Object.keys({ ...program.options, ...program.flags })) !== undefined) continue;
    if (runsSomething.test(flag)) noteOpaque(findings, `${name} ${flag} may run something`);
    const value = values.find(({ option }) => option === flag)?.value.text;
    const mayWrite = value === undefined ? program.special === undefined : value.includes("/");
    if (writesSomething.test(flag) && mayWrite) findings.writes = true;
  }
}

/** What one word means to the program that gets it. */
export function useOperand(
  role: Role,
  operand: Operand,
  { name, program, scope, input }: Call,
  runner: Runner,
  manner: { recursive?: boolean; forced?: boolean } = {},
): Flow | undefined {
  const { findings } = runner;
  switch (role) {
    case "text":
    case "directory":
      return undefined;
    case "read":
    case "list":
    case "copy":
    case "change":
    case "delete":
      if (operand.text === "-") return undefined;
      notePath(findings, role === "copy" && manner.recursive !== true ? "read" : role, operand, name, manner);
      return role === "read" ? runner.flowOf(operand) : undefined;
    case "host":
      noteNetwork(findings, program.mark?.network ?? "connect", operand.dynamic ? "" : hostOf(operand.text));
      return undefined;
    case "shell":
      return runner.text(operand, scope, { by: name });
    case "code":
      noteOpaque(findings, `${name} runs code that is not shell`);
      return undefined;
    case "setting": {
      const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(operand.text) ?? [];
      if (operand.dynamic) noteOpaque(findings, `a setting of ${name} is an expansion`);
      if (/invoke|hook|command|method|solver|pager|plugin|bin::/i.test(key))
        return runner.text({ ...operand, text: value }, scope, { by: name });
      return undefined;
    }
    case "script":
      runFile(operand, [], { name, scope, input }, runner);
      return undefined;
  }
}

/** A file whose content an interpreter runs; standard input and substitutions by their flow. */
export function runFile(
  operand: Operand,
  args: readonly Operand[],
  { name, scope, input, sourced = false }: Pick<Call, "name" | "scope" | "input"> & { sourced?: boolean },
  runner: Runner,
): Flow | undefined {
  const { findings } = runner;
  if (/^<\(/.test(operand.text)) return runner.fed(name, runner.flowOf(operand), scope);
  if (/^(-|\/dev\/stdin|\/dev\/fd\/\d+|\/proc\/self\/fd\/\d+)$/.test(operand.text))
    return runner.fed(name, input ?? flowWith(undefined, "unknown"), scope);
  if (operand.dynamic || operand.glob) {
    noteOpaque(findings, `the file that ${name} runs is named by an expansion`);
    return undefined;
  }
  if (/^\/+dev\/+(tcp|udp)\//.test(operand.text)) findings.effects.add("download-and-run");
  notePath(findings, "read", operand, name);
  noteScript(findings, {
    path: operand.text,
    interpreter: name,
    sourced,
    span: scope.own ? operand.span : undefined,
    arguments: args.map(({ text }) => text),
  });
  return undefined;
}

/** The program behind a wrapper. */
export function wrapped(call: Call, runner: Runner, operands: readonly Operand[]): Flow {
  const { name, program, scope, input } = call;
  const { skip = 0, assignments, joined, texts, alone } = program.wrapper ?? {};
  runner.findings.wrappers.add(name);
  let rest = operands.slice(skip);
  while (assignments === true && rest[0] !== undefined && /^[A-Za-z_]\w*=/.test(rest[0].text)) {
    const [, variable = "", value = ""] = /^(\w+)=(.*)$/s.exec(rest[0].text) ?? [];
    runner.assign(variable, [{ ...rest[0], text: value }], { ...scope, variables: new Map(), live: false });
    rest = rest.slice(1);
  }
  if (rest.length === 0) {
    noteMark(runner.findings, alone ?? {}, name);
    return flowWith(input);
  }
  const [first, second] = rest;
  if (first !== undefined && second !== undefined && texts?.includes(first.text) === true)
    return runner.text(second, scope, { by: name });
  return joined === true
    ? runner.text(joinedOperands(rest), scope, { by: name })
    : runner.program(rest, scope, input);
}

/** Words put together with blanks, as `eval`, `ssh` and `watch` do. */
export const joinedOperands = (operands: readonly Operand[]): Operand => ({
  text: operands.map(({ text }) => text).join(" "),
  dynamic: operands.some(({ dynamic }) => dynamic),
  glob: false,
  plain: false,
  span: undefined,
  scripts: operands.flatMap(({ scripts }) => [...scripts]),
});

function subcommand(call: Call, runner: Runner, operands: readonly Operand[]): Flow {
  const { name, program, input } = call;
  const [command, ...args] = operands;
  if (command === undefined) {
    noteMark(runner.findings, program.bare ?? {}, name);
    return flowWith(input);
  }
  if (command.dynamic) noteOpaque(runner.findings, `what ${name} does is named by an expansion`);
  const commands = program.subcommands ?? {};
  const found = Object.hasOwn(commands, command.text) ? commands[command.text] : undefined;
  if (found === undefined) {
    runner.findings.writes = true;
    return flowWith(input);
  }
  // Options may stand after the command, too.
  const options = { ...program.options, ...found.options };
  return runByTable({ ...call, args, program: { ...found, options } }, runner);
}
