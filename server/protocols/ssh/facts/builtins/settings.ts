import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteOpaque } from "../findings.ts";
import { silent } from "../flow.ts";
import { takes } from "../programs/program.ts";
import { tamper, type Builtin } from "./builtin.ts";

export const set: Builtin = (call, runner) => {
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

export const shopt: Builtin = (call, runner) => {
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

export const trap: Builtin = (call, runner) => {
  runner.findings.volatile = true;
  tamper("trap")(call, runner);
  const { operands, flags } = parseArguments(call.args);
  const [code] = operands;
  if (code !== undefined && operands.length > 1 && !flags.has("-p") && code.text !== "-")
    runner.text(code, { ...call.scope, certain: false }, { by: "trap", same: true });
  return silent;
};

export const complete: Builtin = (call, runner) => {
  const parsed = parseArguments(call.args, takes("-A -G -W -P -S -X -F -C=shell -o"));
  if (hasFlag(parsed, "-C", "-F", "-W")) tamper(call.name)(call, runner);
  for (const code of valuesOf(parsed, "-C")) runner.text(code, call.scope, { by: call.name });
  return silent;
};

export const hash: Builtin = ({ args }, { findings }) => {
  if (hasFlag(parseArguments(args), "-p", "-d") || args.some(({ text }) => text.includes("=")))
    noteOpaque(findings, "hash changes which program a name stands for");
  return silent;
};

export const history: Builtin = ({ args }, { findings }) => {
  const { flags } = parseArguments(args);
  if (["-c", "-d", "-w", "-a", "-r", "-n", "-s"].some((flag) => flags.has(flag))) {
    findings.effects.add("history");
    findings.writes = true;
  } else findings.secrets.add("history");
  return silent;
};
