import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteMark, noteNetwork, noteOpaque } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import { hostOf } from "../paths.ts";
import { useOperand } from "../program.ts";
import { takes } from "../programs/program.ts";
import type { Handler } from "../runner.ts";

/** Package managers by flags. */
const packageFlags: Handler = (call, runner) => {
  const { name, args } = call;
  const { findings } = runner;
  const [first = ""] = args.map(({ text }) => text);
  const changes = {
    pacman: /^-(S(?!s|i)|R|U|D)|^--(sync|remove|upgrade)/,
    dpkg: /^-(i|r|P|A)|^--(install|remove|purge|configure|unpack|force-.*|set-selections|add-architecture|clear-.*)/,
    rpm: /^-(i|U|F|e|E|D)|^--(install|upgrade|erase|import|eval|define|initdb|rebuilddb|setperms)/,
  }[name];
  if (args.some(({ text }) => changes?.test(text) === true) && !/^-q/.test(first)) {
    noteMark(findings, { system: true, effects: ["package"] }, name);
    for (const each of args)
      if (/\.(deb|rpm|pkg\.tar\.\w+)$/.test(each.text)) useOperand("read", each, call, runner);
    for (const { option, value } of parseArguments(args, takes("--pre-invoke --post-invoke")).values)
      if (/^--(pre|post)-invoke$/.test(option)) runner.text(value, call.scope, { by: name });
    if (args.some(({ text }) => /^--eval|^--define|^-[ED]/.test(text)))
      noteOpaque(findings, `${name} runs a hook`);
  }
  return unknownFlow;
};

/** Clients of databases: what they are told is judged by no one here; alone they wait for more, shell escapes too. */
const database: Handler = (call, runner) => {
  const { name, args, input } = call;
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes(
      "-c -e -f -h -d -U -p -P -u -D -o -n -t -i -S -H --command --execute --file --host --port --user --dbname --output --eval -x -L",
    ),
  );
  const words = args.map(({ text }) => text);
  if (words.some((word) => /^--?(version|help|V)$/.test(word))) return unknownFlow;
  for (const host of valuesOf(parsed, "-h", "--host"))
    noteNetwork(findings, "connect", host.dynamic ? "" : hostOf(host.text));
  for (const operand of parsed.operands)
    if (/^\w+:\/\//.test(operand.text)) noteNetwork(findings, "connect", hostOf(operand.text));
  if (/dump/.test(name)) {
    for (const file of valuesOf(parsed, "-f", "--file", "-r", "--result-file"))
      useOperand("change", file, call, runner);
    return flowWith(input);
  }
  for (const file of valuesOf(parsed, "-o", "--output")) useOperand("change", file, call, runner);
  for (const file of valuesOf(parsed, "-f", "--file", "-i")) useOperand("read", file, call, runner);
  findings.writes = true;
  const statements = [
    ...valuesOf(parsed, "-c", "-e", "--command", "--execute", "--eval", "-x"),
    ...(/^(sqlite3|redis-cli)$/.test(name) ? parsed.operands.slice(name === "sqlite3" ? 1 : 0) : []),
  ];
  for (const { text } of statements)
    if (/^\s*(\\!|!|\.shell|\.system|system)|\|\s*\w|program\b/i.test(text))
      noteOpaque(findings, `${name} runs commands of its own`);
  if (
    statements.length === 0 &&
    input === undefined &&
    valuesOf(parsed, "-f", "--file").length === 0 &&
    !hasFlag(parsed, "-l", "--list")
  )
    noteInterpreter(findings, name);
  return flowWith(input);
};

/** Servers: testing a configuration is no start, but it loads the modules that it names. */
const server: Handler = ({ name, args }, { findings }) => {
  if (args.some(({ text }) => /^(-[gC]|run|start|reload|-s|signal)$/.test(text)))
    noteMark(findings, { system: true, opaque: `${name} takes settings or orders among its words` }, name);
  if (!args.some(({ text }) => /^(-t|-T|-v|-V|-c|configtest|version|validate)$/.test(text)))
    noteMark(findings, { system: true, effects: ["service"] }, name);
  return unknownFlow;
};

/** What a host has installed: packages, clients of databases, servers. */
export const software: Record<string, Handler> = {
  "package-flags": packageFlags,
  database,
  server,
};
