import { noteOpaque, type Findings } from "./findings.ts";
import { silent, unknownFlow, type Flow } from "./flow.ts";
import { programNamed } from "./programs/table.ts";
import type { Call, Runner } from "./runner.ts";
import { quiet, tamper, opaque, type Builtin } from "./builtins/builtin.ts";
import {
  declares,
  unknownValue,
  declaration,
  unset,
  evaluated,
  counted,
  wait,
  test,
} from "./builtins/variables.ts";
import { command, exec, source, evaluate, jobs, kill } from "./builtins/running.ts";
import { set, shopt, trap, complete, hash, history } from "./builtins/settings.ts";
import { echo, printf } from "./builtins/output.ts";
import { cd } from "./builtins/directories.ts";

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
  getln: opaque("getln takes a line that others left for the editor"),
  print: (call, runner) => {
    if (call.args.some(({ text }) => /^-\w*[zPsSp]/.test(text)))
      noteOpaque(runner.findings, "print writes to the command line, or expands what it prints");
    return echo(call, runner);
  },
  noglob: command,
  pushln: opaque("pushln leaves a line for the editor"),
  nocorrect: command,
  repeat: (call, runner) => command({ ...call, args: call.args.slice(1) }, runner),
  rehash: quiet,
  setopt: tamper("setopt"),
  unfunction: unset,
  unhash: hash,
  unsetopt: tamper("unsetopt"),
  where: quiet,
  zformat: opaque("zformat gives variables values"),
  zregexparse: opaque("zregexparse runs what stands in its words"),
  zstyle: opaque("zstyle says what completion runs, and gives variables values"),
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
