import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteMark, noteOpaque } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import { runFile, runByTable } from "../program.ts";
import { languageOptions } from "../programs/interpreters.ts";
import { takes } from "../programs/program.ts";
import type { Handler } from "../runner.ts";

/** `sh`, `bash`, `zsh`: `-c` and its parameters, a script, standard input, or a shell to type into. */
const shell: Handler = ({ name, args, scope, input }, runner) => {
  const { findings } = runner;
  const plus = args.map((each) =>
    each.text.startsWith("+") ? { ...each, text: `-${each.text.slice(1)}` } : each,
  );
  const parsed = parseArguments(plus, takes("-o -O --rcfile=script --init-file=script"), { stop: true });
  for (const file of valuesOf(parsed, "--rcfile", "--init-file"))
    runFile(file, [], { name, scope, input, sourced: false }, runner);
  const [first, ...rest] = parsed.operands;
  if (parsed.flags.has("-c")) {
    if (first === undefined) return unknownFlow;
    if (hasFlag(parsed, "-i")) noteInterpreter(findings, name);
    return input === undefined || !/^\s*(exec\s+)?(ba|da|z|k)?sh(\s+-s)?\s*$/.test(first.text)
      ? runner.text(first, scope, { by: name, positional: rest.slice(1) })
      : runner.fed(name, input, scope);
  }
  if (hasFlag(parsed, "--version", "--help")) return unknownFlow;
  if (first !== undefined && !parsed.flags.has("-s"))
    return runFile(first, rest, { name, scope, input }, runner) ?? unknownFlow;
  if (input === undefined) {
    noteInterpreter(findings, name);
    return unknownFlow;
  }
  return runner.fed(name, input, scope);
};

/** Languages that are not shell: their code is opaque, their scripts are files, and alone they wait for code. */
const language: Handler = (call, runner) => {
  const { name, args, scope, input } = call;
  const base = name.replace(/[\d.]+$/, "");
  const options = languageOptions[base] ?? call.program.options;
  const parsed = parseArguments(args, options, { stop: true, dashLong: name === "java" });
  if (
    hasFlag(parsed, "--version", "--help") ||
    (args.length === 1 && /^-(V|v|h|version|help)$/.test(args[0]?.text ?? ""))
  )
    return unknownFlow;
  let ran = false;
  for (const { option, value } of parsed.values) {
    const role = options?.[option];
    if (role === "code") {
      noteOpaque(runner.findings, `${name} runs code that is not shell`);
      for (const trait of runner.flowOf(value).traits)
        if (trait !== "unknown") runner.findings.effects.add(`${trait}-and-run`);
      ran = true;
    }
    if (role === "script") {
      runFile(value, parsed.operands, { name, scope, input }, runner);
      ran = true;
    }
  }
  if (ran) return flowWith(input);
  const [file, ...rest] = parsed.operands;
  if (file !== undefined && file.text !== "-")
    return runFile(file, rest, { name, scope, input }, runner) ?? unknownFlow;
  if (input === undefined) noteInterpreter(runner.findings, name);
  else {
    for (const trait of input.traits)
      if (trait !== "unknown") runner.findings.effects.add(`${trait}-and-run`);
    noteOpaque(runner.findings, `${name} runs code that is not shell`);
  }
  return unknownFlow;
};

/** `su -c 'text' user`, `su - user`. */
const su: Handler = (call, runner) => {
  const { name, args, scope, input } = call;
  noteMark(runner.findings, { privilege: true }, name);
  const parsed = parseArguments(
    args,
    takes("-c --command --session-command -s --shell -g -G -u -w --group --supp-group --user"),
  );
  runner.findings.wrappers.add(name);
  const texts = valuesOf(parsed, "-c", "--command", "--session-command");
  for (const each of texts) runner.text(each, scope, { by: name });
  if (texts.length > 0) return unknownFlow;
  if (name === "runuser" && hasFlag(parsed, "-u", "--user")) {
    const { operands } = parseArguments(args, takes("-u --user -g -G"), { stop: true });
    return operands.length > 0 ? runner.program(operands, scope, input) : unknownFlow;
  }
  if (input !== undefined) return runner.fed(name, input, scope);
  noteInterpreter(runner.findings, name);
  return unknownFlow;
};

/** `sudo`: a program, a shell by `-s` and `-i`, or an editor by `-e`. */
const sudo: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  if (
    hasFlag(parsed, "-l", "--list", "-v", "--validate", "-k", "--reset-timestamp", "-K", "-V", "--version") &&
    parsed.operands.length === 0
  )
    return unknownFlow;
  if (hasFlag(parsed, "-e", "--edit")) {
    const args = call.args.filter(({ text }) => text !== "-e" && text !== "--edit");
    return runByTable(
      {
        ...call,
        args,
        program: {
          options: call.program.options ?? {},
          operands: ["change"],
          mark: { privilege: true, interpreter: true },
        },
      },
      runner,
    );
  }
  if (hasFlag(parsed, "-s", "-i", "--shell", "--login")) {
    noteMark(runner.findings, { privilege: true }, "sudo");
    if (parsed.operands.length > 0) return runByTable(call, runner);
    runner.findings.wrappers.add("sudo");
    if (call.input !== undefined) return runner.fed("sudo", call.input, call.scope);
    noteInterpreter(runner.findings, "sudo");
    return unknownFlow;
  }
  return runByTable(call, runner);
};

const capsh: Handler = (call, runner) => {
  noteMark(runner.findings, { privilege: true }, "capsh");
  const at = call.args.findIndex(({ text }) => text === "--" || text === "==");
  if (at < 0) return unknownFlow;
  runner.findings.wrappers.add("capsh");
  return shell({ ...call, name: "bash", args: call.args.slice(at + 1) }, runner);
};

/** `script`: all that is typed goes into a file; `-c` runs a text. */
const script: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  const flow = runByTable(call, runner);
  if (valuesOf(parsed, "-c", "--command").length === 0) noteInterpreter(runner.findings, "script");
  return flow;
};

const keyNames = /^(Enter|Escape|Space|Tab|BTab|BSpace|Up|Down|Left|Right|Home|End|[CMS]-\S+|\^.|F\d+)$/;

/** tmux and screen: shells that go on unseen; what they are told to run is known. */
const multiplexer: Handler = ({ name, args, scope }, runner) => {
  const { findings } = runner;
  const words = args.map(({ text }) => text);
  if (
    words.some((word) =>
      /^(ls|list-\w+|-ls|-list|display-message|show-options|-V|info|kill-session|kill-server|kill-window)$/.test(
        word,
      ),
    )
  ) {
    if (words.some((word) => word.startsWith("kill-")))
      noteMark(findings, { effects: ["process"], writes: true }, name);
    return unknownFlow;
  }
  noteInterpreter(findings, name);
  findings.wrappers.add(name);
  // Keys that are sent are a text for whatever runs there.
  const sent = words.findIndex((word) => /^(send(-keys)?|stuff)$/.test(word));
  if (sent >= 0) {
    const { operands } = parseArguments(args.slice(sent + 1), takes("-t -N"));
    for (const text of operands) if (!keyNames.test(text.text)) runner.text(text, scope, { by: name });
    return unknownFlow;
  }
  const own =
    /^(new(-session|-window)?|neww|splitw|split-window|respawn-(pane|window)|respawn[pw]|run(-shell)?|pipe-pane|if(-shell)?|attach(-session)?|a|at)$/;
  const parsed = parseArguments(
    args.filter(({ text }) => !own.test(text)),
    takes("-s -n -t -c -e -x -y -S -L -f -F -h -p -T -X"),
    { stop: true },
  );
  if (parsed.operands.length > 0) {
    const [first, ...rest] = parsed.operands;
    if (first !== undefined && rest.length === 0) runner.text(first, scope, { by: name });
    else runner.program(parsed.operands, scope, undefined);
  }
  return unknownFlow;
};

/** Debuggers run programs, look into others and take commands. */
const inspector: Handler = ({ name, args, scope, input }, runner) => {
  noteMark(runner.findings, { interpreter: true, effects: ["process-inside"] }, name);
  const parsed = parseArguments(args, takes("-p -x=script -ex -iex -c -s -e"), { dashLong: true });
  for (const { option, value } of parsed.values) {
    const [, text] = /^(?:shell|!|pipe)\s*(.*)$/s.exec(value.text) ?? [];
    if (/^-i?ex$/.test(option) && text !== undefined) runner.text({ ...value, text }, scope, { by: name });
  }
  const at = args.findIndex(({ text }) => text === "--args");
  return at >= 0 ? runner.program(args.slice(at + 1), scope, input) : unknownFlow;
};

const measured: Handler = ({ name, args, scope, input }, runner) => {
  const words = name === "perf" && /^(stat|record|trace)$/.test(args[0]?.text ?? "") ? args.slice(1) : args;
  if (name === "perf" && args[0]?.text === "record") runner.findings.writes = true;
  if (words === args && name === "perf") {
    if (/^(top|report|annotate|script|c2c|diff)$/.test(args[0]?.text ?? ""))
      noteInterpreter(runner.findings, name);
    return unknownFlow;
  }
  const parsed = parseArguments(words, takes("-o=change -e -p -F -g -C -a -r"), { stop: true });
  runner.findings.wrappers.add(name);
  return parsed.operands.length > 0 ? runner.program(parsed.operands, scope, input) : unknownFlow;
};

const applet: Handler = ({ name, args, scope, input }, runner) => {
  runner.findings.wrappers.add(name);
  return args.length === 0 || args[0]?.text.startsWith("-") === true
    ? unknownFlow
    : runner.program(args, scope, input);
};

export const shells: Record<string, Handler> = {
  shell,
  language,
  su,
  sudo,
  capsh,
  script,
  multiplexer,
  debugger: inspector,
  measured,
  applet,
};
