import { noteArithmetic, someNumber } from "./arithmetic.ts";
import { hasFlag, parseArguments, valuesOf } from "./arguments.ts";
import { type Findings, noteOpaque, noteTamper } from "./findings.ts";
import { type Flow, flowWith, silent, textFlow, unknownFlow } from "./flow.ts";
import { normalPath } from "./paths.ts";
import { joinedOperands, runFile } from "./program.ts";
import { type Operand, plainOperand } from "./operand.ts";
import { takes } from "./programs/program.ts";
import { programNamed } from "./programs/table.ts";
import { type Call, forgetAll, type Runner } from "./runner.ts";

type Builtin = (call: Call, runner: Runner) => Flow | undefined;

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

const quiet: Builtin = () => silent;

/** The hook must not be lost, nor be shown to the shell's own code; in another shell there is none. */
const tamper =
  (what: string): Builtin =>
  ({ scope }, { findings }) => {
    if (scope.live) noteTamper(findings, what);
    return silent;
  };

const opaque =
  (reason: string): Builtin =>
  (_, { findings }) => {
    noteOpaque(findings, reason);
    return unknownFlow;
  };

const unknownValue =
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

const declaration: Builtin = (call, runner) => {
  const { findings } = runner;
  const { name, args, scope } = call;
  const parsed = parseArguments(args);
  const names = parsed.operands.filter(({ text }) => !text.startsWith("+"));
  const shows = names.length === 0 || hasFlag(parsed, "-p");
  if (hasFlag(parsed, "-f", "-F") || (name === "functions" && names.length === 0))
    tamper(`${name} -f`)(call, runner);
  else if (shows) {
    findings.secrets.add("environment");
    if (!/^(export|readonly)$/.test(name) && names.length === 0) tamper(name)(call, runner);
  }
  if (hasFlag(parsed, "-n") && name !== "export")
    noteOpaque(findings, `${name} -n makes one variable stand for another`);
  if ((hasFlag(parsed, "-i") || /^(integer|float)$/.test(name)) && names.length > 0)
    noteOpaque(findings, `${name} -i makes values arithmetic, which can run commands`);
  for (const { text, dynamic } of names)
    if (dynamic && !/^[A-Za-z_]\w*=/.test(text))
      noteOpaque(findings, `${name} names a variable by an expansion`);
    else if (/^[^=]*\[(?!\w+\])/.test(text)) noteOpaque(findings, `${name} evaluates a subscript`);
    else if (!text.includes("=") && !shows) runner.assign(text, undefined, scope);
  return silent;
};

/** Runs the words as they are, past aliases and functions. */
const command: Builtin = ({ args, scope, input }, runner) => {
  let at = 0;
  while (args[at]?.text === "-p" || args[at]?.text === "--") at += 1;
  if (/^-[vVp]*[vV]/.test(args[at]?.text ?? "")) return silent;
  runner.findings.wrappers.add("command");
  return runner.plain(args.slice(at), scope, input);
};

const exec: Builtin = (call, runner) => {
  const { operands } = parseArguments(call.args, takes("-a"), { stop: true });
  if (operands.length === 0) return silent;
  tamper("exec")(call, runner);
  runner.findings.wrappers.add("exec");
  return runner.program(operands, call.scope, call.input);
};

const source: Builtin = ({ name, args, scope, input }, runner) => {
  const [file, ...rest] = args[0]?.text === "--" ? args.slice(1) : args;
  if (file === undefined) return silent;
  const by = name === "." ? "source" : name;
  const flow = runFile(file, rest, { name: by, scope, input, sourced: true }, runner);
  forgetAll(scope);
  return flow ?? unknownFlow;
};

const set: Builtin = (call, runner) => {
  const { args } = call;
  if (args.length === 0) {
    runner.findings.secrets.add("environment");
    return tamper("set")(call, runner);
  }
  args.forEach(({ text, dynamic }, index) => {
    const option = args[index + 1]?.text ?? "";
    if (index === 0 && call.scope.shell === "zsh" && /^[-+]./.test(text) && text !== "--")
      tamper(`set ${text}`)(call, runner);
    if (dynamic && index === 0) noteOpaque(runner.findings, "set gets options by an expansion");
    if (/^[-+][A-Za-z]*o$/.test(text)) {
      if (
        /^(emacs|vi|posix|privileged|restricted|histexpand|interactive-comments|functrace|errtrace|monitor|xtrace)$/.test(
          option,
        )
      )
        tamper(`set ${text} ${option}`)(call, runner);
      if (option === "history") runner.findings.effects.add("history");
      if (option === "keyword") noteOpaque(runner.findings, "set -o keyword makes operands assignments");
    } else if (/^[-+]/.test(text) && index === 0) {
      if (/[HTEmx]/.test(text)) tamper(`set ${text}`)(call, runner);
      if (/k/.test(text)) noteOpaque(runner.findings, "set -k makes operands assignments");
    }
  });
  return silent;
};

const shopt: Builtin = (call, runner) => {
  const { flags, operands } = parseArguments(call.args);
  if (flags.has("-s") || flags.has("-u"))
    for (const { text, dynamic } of operands)
      if (
        dynamic ||
        /^(extdebug|expand_aliases|interactive_comments|histverify|histreedit|cmdhist|lithist|promptvars|sourcepath|emacs|vi|histexpand|posix|progcomp_alias|compat\d+)$/.test(
          text,
        )
      )
        tamper(`shopt ${text}`)(call, runner);
  return silent;
};

const alias: Builtin = (call, runner) => {
  for (const { text, dynamic } of call.args) {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (/^-[gs]/.test(text)) noteOpaque(runner.findings, `alias ${text} changes what words mean anywhere`);
    if (name === "") continue;
    runner.findings.madeAliases.set(name, value);
    if (dynamic) noteOpaque(runner.findings, `the alias ${name} holds an expansion`);
    if (value.split(/\s/)[0] !== name) noteShadow(runner.findings, name);
  }
  return silent;
};

const trap: Builtin = (call, runner) => {
  runner.findings.volatile = true;
  tamper("trap")(call, runner);
  const { operands, flags } = parseArguments(call.args);
  const [code] = operands;
  if (code !== undefined && operands.length > 1 && !flags.has("-p") && code.text !== "-")
    runner.text(code, { ...call.scope, certain: false }, { by: "trap", same: true });
  return silent;
};

const unset: Builtin = ({ args, scope }, runner) => {
  const { operands, flags } = parseArguments(args);
  for (const { text, dynamic } of operands) {
    if (dynamic) noteOpaque(runner.findings, "unset names a variable by an expansion");
    runner.assign(text.replace(/\[.*$/s, ""), undefined, scope);
    if (scope.live && (flags.has("-f") || operands.length > 0) && /^(precmd|preexec)$/.test(text))
      noteTamper(runner.findings, text);
    if (/\[.*(\$\(|`)/s.test(text)) noteOpaque(runner.findings, "a subscript holds a command");
  }
  return silent;
};

/** Places that are kept in mind, where it is not sure which `cd` runs. */
const maxDirectories = 8;
const maxDirectoryLength = 4096;

const cd: Builtin = ({ args, scope }, { findings }) => {
  const { text, dynamic } =
    args.find((each) => !/^-[LPe@]+$/.test(each.text) && each.text !== "--") ?? plainOperand("~");
  const { directories } = findings;
  const moved =
    dynamic || text === "-" || directories.some((each) => each.length > maxDirectoryLength)
      ? []
      : directories.length === 0
        ? [normalPath(text)]
        : directories.map((each) => normalPath(text, each));
  findings.directories = [...new Set(scope.certain ? moved : [...moved, ...directories])].slice(
    0,
    maxDirectories,
  );
  return silent;
};

const echo: Builtin = ({ args, input }) => {
  const words = args.filter(({ text }, index) => !(index < 2 && /^-[neE]+$/.test(text)));
  const text = `${words.map((each) => each.text).join(" ")}\n`;
  const escaped = args.some((each) => /^-[nE]*e/.test(each.text));
  return known(words, escaped ? unescaped(text) : text, input);
};

const printf: Builtin = (call, runner) => {
  const [format, ...words] = call.args[0]?.text === "--" ? call.args.slice(1) : call.args;
  if (format?.text === "-v") {
    const [variable] = words;
    if (variable?.dynamic === true)
      noteOpaque(runner.findings, "printf gives a value to a variable named by an expansion");
    runner.assign(variable?.text.replace(/\[.*$/s, "") ?? "", undefined, call.scope);
    return silent;
  }
  if (format === undefined) return silent;
  if (call.scope.shell === "zsh" && (format.dynamic || /%[^%sbqc]*[diouxXeEfFgG]/.test(format.text)))
    for (const { text } of words) noteArithmetic(runner.findings, text, call.scope);
  const plain = unescaped(format.text);
  let next = 0;
  const filled = plain.replace(/%(%|[bsdq])/g, (_, kind: string) =>
    kind === "%" ? "%" : unescapedIf(kind === "b", words[next++]?.text ?? ""),
  );
  const simple = !/%[^%bsdq]/.test(plain) && next >= words.length;
  return simple ? known([format, ...words], filled, call.input) : flowWith(call.input, "unknown");
};

const unescapedIf = (yes: boolean, text: string): string => (yes ? unescaped(text) : text);

const unescaped = (text: string): string =>
  text.replace(/\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|0?[0-7]{1,3}|[ntr\\])/g, (_, code: string) => {
    if (code.startsWith("x") || code.startsWith("u"))
      return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return { n: "\n", t: "\t", r: "\r" }[code] ?? "\\";
  });

const known = (words: readonly Operand[], text: string, input: Flow | undefined): Flow =>
  words.some(({ dynamic, scripts }) => dynamic || scripts.length > 0)
    ? flowWith(input, "unknown")
    : textFlow(text);

const evaluate: Builtin = ({ args, scope }, runner) => {
  const words = args[0]?.text === "--" ? args.slice(1) : args;
  runner.findings.wrappers.add("eval");
  return words.length === 0 ? silent : runner.text(joinedOperands(words), scope, { by: "eval", same: true });
};

const complete: Builtin = (call, runner) => {
  const parsed = parseArguments(call.args, takes("-A -G -W -P -S -X -F -C=shell -o"));
  if (hasFlag(parsed, "-C", "-F", "-W")) tamper(call.name)(call, runner);
  for (const code of valuesOf(parsed, "-C")) runner.text(code, call.scope, { by: call.name });
  return silent;
};

const kill: Builtin = ({ args }, { findings }) => {
  findings.actions.add("shell.run");
  if (args.some(({ text }) => /^-(l|L)/.test(text))) return silent;
  findings.effects.add("process");
  findings.writes = true;
  return silent;
};

const hash: Builtin = ({ args }, { findings }) => {
  if (hasFlag(parseArguments(args), "-p", "-d") || args.some(({ text }) => text.includes("=")))
    noteOpaque(findings, "hash changes which program a name stands for");
  return silent;
};

const history: Builtin = ({ args }, { findings }) => {
  const { flags } = parseArguments(args);
  if (["-c", "-d", "-w", "-a", "-r", "-n", "-s"].some((flag) => flags.has(flag))) {
    findings.effects.add("history");
    findings.writes = true;
  } else findings.secrets.add("history");
  return silent;
};

const builtin: Builtin = ({ args, scope, input }, runner) => {
  const [name, ...rest] = args;
  if (name === undefined) return silent;
  runner.findings.wrappers.add("builtin");
  if (name.dynamic || name.glob) {
    noteOpaque(runner.findings, "the builtin is named by an expansion");
    return unknownFlow;
  }
  return runBuiltin({ name: name.text, args: rest, program: {}, scope, input }, runner) ?? unknownFlow;
};

const evaluated: Builtin = ({ args, scope }, runner) => {
  for (const { text } of args)
    for (const name of noteArithmetic(runner.findings, text, scope)) runner.assign(name, [someNumber], scope);
  return silent;
};

/** zsh takes these words for arithmetic. */
const counted: Builtin = (call, runner) => {
  if (call.scope.shell === "zsh")
    for (const { text } of call.args) noteArithmetic(runner.findings, text, call.scope);
  return silent;
};

/** `-x` runs the rest, with process numbers for its jobs. */
const jobs: Builtin = ({ args, scope, input }, runner) => {
  const at = args.findIndex(({ text, dynamic }) => dynamic || /^-\w*x/.test(text));
  return at < 0 ? silent : runner.plain(args.slice(at + 1), scope, input);
};

/** `-p` gives a variable a value. */
const wait: Builtin = ({ args, scope }, runner) => {
  for (const { text } of valuesOf(parseArguments(args, takes("-p")), "-p"))
    runner.assign(text.replace(/\[.*$/s, ""), undefined, scope);
  return silent;
};

const test: Builtin = ({ args, scope }, { findings }) => {
  if (args.some(({ text }) => /\[[^\]]*(\$\(|`)/.test(text)))
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

const shells: Record<string, Builtin> = {
  ":": quiet,
  ".": source,
  "[": test,
  alias,
  bg: quiet,
  bind: tamper("bind"),
  break: counted,
  builtin,
  caller: quiet,
  cd,
  chdir: cd,
  command,
  compgen: complete,
  complete,
  compopt: quiet,
  continue: counted,
  dirs: quiet,
  disown: quiet,
  echo,
  enable: tamper("enable"),
  eval: evaluate,
  exec,
  exit: counted,
  false: quiet,
  fc: opaque("fc runs commands out of the history"),
  fg: quiet,
  getopts: unknownValue(""),
  hash,
  help: quiet,
  history,
  jobs,
  kill,
  let: evaluated,
  logout: counted,
  mapfile: unknownValue("-d -n -O -s -u -C -c"),
  popd: cd,
  printf,
  pushd: cd,
  pwd: quiet,
  read: unknownValue("-a -d -i -n -N -p -t -u"),
  readarray: unknownValue("-d -n -O -s -u -C -c"),
  return: counted,
  set,
  shift: counted,
  shopt,
  source,
  suspend: quiet,
  test,
  times: quiet,
  trap,
  true: quiet,
  type: quiet,
  ulimit: quiet,
  umask: quiet,
  unalias: quiet,
  unset,
  wait,
};
for (const name of declares) shells[name] = declaration;

/** Of zsh alone; in bash these are names of programs, if of anything. */
const zsh: Record<string, Builtin> = {
  "add-zsh-hook": tamper("add-zsh-hook"),
  bindkey: tamper("bindkey"),
  compdef: quiet,
  disable: tamper("disable"),
  emulate: tamper("emulate"),
  functions: declaration,
  print: (call, runner) => {
    if (call.args.some(({ text }) => /^-\w*[zPsSp]/.test(text)))
      noteOpaque(runner.findings, "print writes to the command line, or expands what it prints");
    return echo(call, runner);
  },
  noglob: command,
  nocorrect: command,
  repeat: (call, runner) => command({ ...call, args: call.args.slice(1) }, runner),
  rehash: quiet,
  setopt: tamper("setopt"),
  unfunction: unset,
  unhash: hash,
  unsetopt: tamper("unsetopt"),
  where: quiet,
  whence: quiet,
  zle: tamper("zle"),
  zmodload: tamper("zmodload"),
};

/** A known word that stands for something else from now on. */
export function noteShadow({ effects }: Findings, name: string): void {
  if (programNamed(name) !== undefined || Object.hasOwn(shells, name)) effects.add("shadow");
}

/** A word that the shell itself runs; undefined where it is none. */
export function runBuiltin(call: Call, runner: Runner): Flow | undefined {
  const own = Object.hasOwn(shells, call.name) ? shells[call.name] : undefined;
  const found =
    own ?? (call.scope.shell === "zsh" && Object.hasOwn(zsh, call.name) ? zsh[call.name] : undefined);
  if (found === undefined) return undefined;
  runner.findings.actions.add("shell.session");
  runner.findings.subjects.push({
    weight: 0,
    text: [call.name, ...call.args.slice(0, 1).map(({ text }) => text)].join(" "),
  });
  return found(call, runner) ?? silent;
}
