import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteMark, noteOpaque, notePath } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import { useOperand, runFile, wrapped } from "../program.ts";
import { takes } from "../programs/program.ts";
import type { Handler } from "../runner.ts";

/** env: variables, then a program; `-S` is a text of words; alone it shows what the environment holds. */
const env: Handler = (call, runner) => {
  const { name, args, scope, input } = call;
  const parsed = parseArguments(args, takes("-u -C=directory -S --unset --chdir --split-string -a --argv0"), {
    stop: true,
  });
  for (const text of valuesOf(parsed, "-S", "--split-string")) {
    runner.findings.wrappers.add(name);
    const rest = parsed.operands.map((each) => each.text).join(" ");
    runner.text({ ...text, text: `${text.text} ${rest}` }, scope, { by: name });
    return unknownFlow;
  }
  // The pagers that programs start then take commands.
  if (
    hasFlag(parsed, "-i", "--ignore-environment") ||
    args[0]?.text === "-" ||
    valuesOf(parsed, "-u", "--unset").some(({ text, dynamic }) => dynamic || text === "LESSSECURE")
  )
    runner.findings.effects.add("starter");
  if (parsed.operands.every(({ text }) => /^[A-Za-z_]\w*=/.test(text))) {
    runner.findings.secrets.add("environment");
    return unknownFlow;
  }
  return wrapped({ ...call, input, program: { wrapper: { assignments: true } } }, runner, parsed.operands);
};

const harmlessNames =
  /^(HOME|PATH|USER|LOGNAME|SHELL|PWD|LANG|LC_\w+|TERM|TZ|HOSTNAME|EDITOR|PAGER|XDG_\w+|JAVA_HOME|GOPATH)$/;

const printenv: Handler = ({ args }, { findings }) => {
  const names = args.filter(({ text }) => !text.startsWith("-"));
  if (names.length === 0 || !names.every(({ text }) => harmlessNames.test(text)))
    findings.secrets.add("environment");
  return unknownFlow;
};

/** crontab lists, edits, removes, or takes a whole table: from a file or from its input. */
const crontab: Handler = (call, runner) => {
  const { name, scope, input } = call;
  const { findings } = runner;
  const parsed = runner.parse(call);
  if (hasFlag(parsed, "-l")) return unknownFlow;
  noteMark(findings, { persistence: ["cron"], system: true }, name);
  if (hasFlag(parsed, "-r")) {
    findings.actions.add("shell.delete");
    return unknownFlow;
  }
  if (hasFlag(parsed, "-e")) {
    noteMark(findings, { interpreter: true }, name);
    return unknownFlow;
  }
  const [file] = parsed.operands;
  if (file !== undefined && file.text !== "-") {
    runFile(file, [], { name: "cron", scope, input }, runner);
    return unknownFlow;
  }
  const text = input?.text;
  if (text === undefined || input?.traits.has("unknown") === true)
    noteOpaque(findings, "crontab takes a table that is not shown");
  for (const line of (text ?? "").split("\n")) {
    const [, command] = /^\s*(?:@\w+|(?:\S+\s+){4}\S+)\s+(.+)$/.exec(line) ?? [];
    if (command !== undefined && !/^\s*#/.test(line))
      runner.text(
        { text: command, dynamic: false, glob: false, plain: false, span: undefined, scripts: [] },
        scope,
        { by: name },
      );
  }
  return unknownFlow;
};

/** at and batch run their input later. */
const at: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  if (hasFlag(parsed, "-l", "-c")) return unknownFlow;
  noteMark(runner.findings, { persistence: ["at"], effects: ["detached"], writes: true }, call.name);
  if (hasFlag(parsed, "-d", "-r")) return unknownFlow;
  const files = valuesOf(parsed, "-f");
  for (const file of files) useOperand("script", file, call, runner);
  if (files.length > 0) return unknownFlow;
  if (call.input === undefined) noteMark(runner.findings, { interpreter: true }, call.name);
  else runner.fed(call.name, call.input, call.scope);
  return unknownFlow;
};

const service: Handler = ({ name, args }, { findings }) => {
  const [, verb] = args;
  const isPlace = args[0]?.text.includes("/") === true;
  if (!isPlace && (args[0]?.text.startsWith("--") === true || verb?.text === "status")) return unknownFlow;
  noteMark(findings, { system: true, effects: ["service"] }, name);
  return unknownFlow;
};

const mount: Handler = ({ name, args }, { findings }) => {
  const parsed = parseArguments(args, takes("-t -o -L -U -O --source --target --types --options"));
  const shows =
    /^(mount|swapon)$/.test(name) &&
    parsed.operands.length === 0 &&
    !hasFlag(parsed, "-a") &&
    parsed.values.every(({ option }) => option === "-t");
  if (!shows) noteMark(findings, { system: true, effects: ["mount"] }, name);
  return unknownFlow;
};

const sysctl: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  if (
    hasFlag(parsed, "-w", "-p", "--write", "--load", "--system") ||
    parsed.operands.some(({ text }) => text.includes("="))
  )
    noteMark(runner.findings, { system: true, effects: ["kernel"] }, call.name);
  return unknownFlow;
};

const shownRules =
  /^(-L|-S|-nL|-vnL|-nvL|-Ln\w*|-L\w+|--list|--list-rules|--list-all.*|--list-.*|--get-.*|--state|--query-.*|list|status|show|verbose|numbered|export|-h|--help|--version)$/;

const firewall: Handler = ({ name, args }, { findings }) => {
  const changes = args.some(({ text }) =>
    /^(-[ADIRFZNXPE]|--(append|delete|insert|replace|flush|zero|new-chain|delete-chain|policy|add-\S*|remove-\S*|reload|set-\S*|permanent|panic-on)|allow|deny|reject|limit|enable|disable|reset|reload|insert|delete|add|flush|create|destroy|-f)$/.test(
      text,
    ),
  );
  const shows = !changes && args.some(({ text }) => shownRules.test(text));
  if (!shows) noteMark(findings, { system: true, effects: ["firewall"] }, name);
  return unknownFlow;
};

const kill: Handler = ({ name, args, input }, { findings }) => {
  if (!args.some(({ text }) => /^-(l|L|-list)/.test(text)))
    noteMark(findings, { effects: ["process"], writes: true }, name);
  return flowWith(input);
};

const disk: Handler = ({ name, args }, { findings }) => {
  const shows =
    args.some(({ text }) =>
      /^(-l|--list|print|list|status|show|get|-n|--help|--version|-V|-i|-I|--examine|--detail|-D|history|iostat|events|luksDump|isLuks|filesystem|subvolume|id-ctrl|smart-log|info|table|ls)$/.test(
        text,
      ),
    ) &&
    !args.some(({ text }) =>
      /^(create|destroy|delete|mklabel|mkpart|rm|rollback|snapshot|add|remove|replace|format|luksFormat|--zap.*|resize|-d|receive|set|--create|--zero-superblock|defrag.*|balance|--security.*|--write.*|--dco.*|--trim.*|--yes-i-know.*|--please-.*|--fwdownload.*|-[WSBMKQy]\d*)$/.test(
        text,
      ),
    );
  if (shows) return unknownFlow;
  noteMark(findings, { system: true, effects: ["disk"] }, name);
  for (const each of args) if (each.text.startsWith("/")) notePath(findings, "change", each, name);
  return unknownFlow;
};

/** Beginnings of the verbs that show, as ip takes them; `s` is `set`. */
const ipShows =
  /^(sh(ow?)?|l(i(st?)?)?|ls|lst|g(et?)?|h(e(lp?)?)?|m(o(n(i(t(or?)?)?)?)?)?|id(entify)?|pids|stats)$/;

const ip: Handler = ({ name, args, scope, input }, runner) => {
  const { findings } = runner;
  const words = args.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);
  if (/^(net|vrf)/.test(words[0] ?? "") && words[1] === "exec") {
    const at = args.findIndex(({ text }) => text === "exec");
    findings.wrappers.add(name);
    noteMark(findings, { privilege: true, effects: ["namespace"] }, name);
    return runner.program(args.slice(at + 2), scope, input);
  }
  if (args.some(({ text }) => /^-b(a(t(ch?)?)?)?$/.test(text)))
    noteOpaque(findings, "ip takes its commands from a file");
  const [, verb = "show"] = words;
  if (!ipShows.test(verb)) noteMark(findings, { system: true, effects: ["network-settings"] }, name);
  return unknownFlow;
};

const addresses: Handler = ({ name, args }, { findings }) => {
  const operands = args.filter(({ text }) => !text.startsWith("-"));
  const sets =
    name === "ifconfig"
      ? operands.length > 1
      : operands.length > 0 && args.some(({ text }) => /^(add|del|flush|-s|-d)$/.test(text));
  if (sets) noteMark(findings, { system: true, effects: ["network-settings"] }, name);
  return unknownFlow;
};

const hostname: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  if (parsed.operands.length > 0 || hasFlag(parsed, "-F", "-b"))
    noteMark(runner.findings, { system: true }, call.name);
  return unknownFlow;
};

const getent: Handler = ({ args }, { findings }) => {
  if (/^g?shadow$/.test(args[0]?.text ?? "")) findings.secrets.add("shadow");
  return unknownFlow;
};

const shownVerb =
  /^(show.*|list.*|status|get.*|info|describe|version|help|query|search|ls|view|cat|tail|logs?|top|events?|health|monitor|members|endpoint|general|device|connection|dev|con|d|c|g|blame|critical-chain|time|plot|dump|unit-paths|calendar|timespan|timestamp|security|cat-config|condition|syscall-filter)$/;
const changingVerb =
  /^(set.*|log-level|log-target|service-watchdogs|verify|eval|exec|add|mod(ify)?|del(ete)?|up|down|connect|disconnect|edit|create|remove|rm|import|enable|disable|terminate.*|kill.*|lock.*|unlock.*|put|purge.*|reset|restart|stop|start|run|apply|join|leave|flush.*|revert|on|off|reload|scale|save|reconfigure|renew|forcerenew)$/;

/** Tools whose verbs tell: one that only shows, or none, changes nothing. */
const showsUnless: Handler = ({ name, args }, { findings }) => {
  const words = args.filter(({ text }) => !text.startsWith("-")).map(({ text }) => text);
  const shows =
    words.length === 0 || (shownVerb.test(words[0] ?? "") && !words.some((word) => changingVerb.test(word)));
  if (!shows) noteMark(findings, { system: true }, name);
  return unknownFlow;
};

/** Shows in batch mode; on a screen its keys change processes. */
const monitor: Handler = ({ name, args }, { findings }) => {
  const prints = args.some(({ text }) =>
    name === "top" || name === "iotop"
      ? /^-\w*b|^--batch/.test(text)
      : /^(-V|-v|-h|--version|--help|--stdout\S*)$/.test(text),
  );
  if (!prints) noteMark(findings, { effects: ["process"], writes: true }, name);
  return unknownFlow;
};

export const host: Record<string, Handler> = {
  monitor,
  env,
  printenv,
  crontab,
  at,
  service,
  mount,
  sysctl,
  firewall,
  kill,
  disk,
  ip,
  interface: addresses,
  hostname,
  getent,
  "shows-unless": showsUnless,
};
