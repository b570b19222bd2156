import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteOpaque, notePath } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import { type Operand, plainOperand, unknownOperand } from "../operand.ts";
import { joinedOperands } from "../program.ts";
import { takes } from "../programs/program.ts";
import type { Handler } from "../runner.ts";

/** find's tests that narrow; a name is kept, as part of what the actions see. */
const nameTests = /^-(name|iname|path|ipath|wholename)$/;
const tests =
  /^-(regex|iregex|type|size|mtime|mmin|atime|amin|ctime|cmin|newer\w*|user|group|perm|empty|uid|gid|links|inum|lname|samefile|nouser|nogroup|prune)$/;

const find: Handler = ({ name, args, scope, input }, runner) => {
  const { findings } = runner;
  let at = 0;
  while (/^-([HLP]|D|O\d?)$/.test(args[at]?.text ?? "")) at += args[at]?.text === "-D" ? 2 : 1;
  const roots: Operand[] = [];
  for (; at < args.length && !/^(-.|[(!),])/.test(args[at]?.text ?? ""); at += 1)
    roots.push(args[at] ?? plainOperand("."));
  if (roots.length === 0) roots.push(plainOperand("."));
  const rest = args.slice(at);
  const names = rest.filter((_, index) => nameTests.test(rest[index - 1]?.text ?? ""));
  const narrowed = rest.some(({ text }) => nameTests.test(text) || tests.test(text));
  const found = (root: Operand): Operand => ({
    ...root,
    text: `${root.text.replace(/(?<!\/)\/+$/, "")}/**${names.length === 1 ? `/${(names[0]?.text ?? "").replace(/^(\.|\*+)?\//, "")}` : ""}`,
    glob: true,
  });
  for (const root of roots) notePath(findings, "list", root, name, { recursive: true });
  for (let index = 0; index < rest.length; index += 1) {
    const text = rest[index]?.text ?? "";
    if (text === "-delete")
      for (const root of roots)
        notePath(findings, "delete", narrowed ? found(root) : root, name, { recursive: true });
    if (/^-(fprint0?|fls|fprintf)$/.test(text))
      notePath(findings, "change", rest[++index] ?? unknownOperand(""), name);
    if (text === "-files0-from") noteOpaque(findings, "where find looks comes from a file");
    if (!/^-(exec|execdir|ok|okdir)$/.test(text)) continue;
    const end = rest.findIndex(
      (each, place) =>
        place > index && (each.text === ";" || (each.text === "+" && rest[place - 1]?.text.includes("{}"))),
    );
    const words = rest.slice(index + 1, end < 0 ? undefined : end);
    findings.wrappers.add(name);
    for (const root of roots)
      runner.program(
        words.map((word) =>
          word.text === "{}"
            ? found(root)
            : word.text.includes("{}")
              ? { ...word, text: word.text.replaceAll("{}", found(root).text), dynamic: true }
              : word,
        ),
        scope,
        input,
      );
    if (end < 0) break;
    index = end;
  }
  return flowWith(input);
};

/** fd: a pattern and where to look; all after `-x` is a program. */
const fd: Handler = (call, runner) => {
  const { name, args, scope, input } = call;
  const at = args.findIndex(({ text }) => /^(-x|-X|--exec|--exec-batch)$/.test(text));
  const { operands } = runner.parse({ ...call, args: at < 0 ? args : args.slice(0, at) });
  const roots = operands.length > 1 ? operands.slice(1) : [plainOperand(".")];
  for (const root of roots) notePath(runner.findings, "list", root, name, { recursive: true });
  if (at < 0) return flowWith(input);
  runner.findings.wrappers.add(name);
  const words = args.slice(at + 1).filter(({ text }) => text !== ";");
  const found = roots.map((root) => ({ ...root, text: `${root.text}/**`, glob: true }));
  const placed = words.flatMap((word) => (/^\{[./]*\}$/.test(word.text) ? found : [word]));
  return runner.program(
    placed.length > words.length || placed.some((each) => found.includes(each))
      ? placed
      : [...words, ...found],
    scope,
    undefined,
  );
};

/** Words out of its input: known where the input is. */
const xargs: Handler = ({ name, args, scope, input }, runner) => {
  const { findings } = runner;
  findings.wrappers.add(name);
  const parsed = parseArguments(
    args,
    takes(
      "-a=read -d -E -I -L -n -P -s --arg-file=read --delimiter --max-args --max-procs --max-lines --replace --max-chars --process-slot-var",
    ),
    { stop: true },
  );
  const [replaced] = valuesOf(parsed, "-I", "--replace");
  const byLine = replaced !== undefined || hasFlag(parsed, "-i", "-L", "-d", "--delimiter");
  const given: Operand[] =
    input?.text !== undefined && !input.traits.has("unknown")
      ? input.text
          .split(byLine ? /[\n\0]+/ : /[\s\0]+/)
          .filter((each) => each !== "")
          .map(plainOperand)
      : [unknownOperand("(its input)")];
  if (parsed.operands.length === 0) return flowWith(input);
  const marker = replaced?.text ?? (hasFlag(parsed, "-i") ? "{}" : undefined);
  if (marker === undefined || marker === "")
    return runner.program([...parsed.operands, ...given], scope, undefined);
  for (const each of given.slice(0, 64))
    runner.program(
      parsed.operands.map((word) =>
        word.text.includes(marker)
          ? { ...word, text: word.text.replaceAll(marker, each.text), dynamic: word.dynamic || each.dynamic }
          : word,
      ),
      scope,
      undefined,
    );
  return flowWith(input);
};

/** GNU parallel: a text for a shell, and words after `:::`. */
const parallel: Handler = ({ name, args, scope, input }, runner) => {
  runner.findings.wrappers.add(name);
  const { operands } = parseArguments(
    args,
    takes("-j -a=read -I -S --jobs --colsep --joblog --results --delay --timeout --retries -n -N -L"),
    { stop: true },
  );
  const cut = operands.findIndex(({ text }) => /^:::/.test(text));
  const words = cut < 0 ? operands : operands.slice(0, cut);
  const values =
    cut < 0
      ? [unknownOperand("(its input)")]
      : operands.slice(cut + 1).filter(({ text }) => !/^:::/.test(text));
  if (words.length === 0) {
    if (cut < 0) return input === undefined ? unknownFlow : runner.fed(name, input, scope);
    for (const value of values) runner.text(value, scope, { by: name });
    return unknownFlow;
  }
  for (const value of values.slice(0, 64)) {
    const placed = words.some(({ text }) => /\{[^{}]*\}/.test(text))
      ? words.map((word) =>
          /\{[^{}]*\}/.test(word.text)
            ? {
                ...word,
                text: word.text.replace(/\{[^{}]*\}/g, value.text),
                dynamic: word.dynamic || value.dynamic,
              }
            : word,
        )
      : [...words, value];
    runner.text(joinedOperands(placed), scope, { by: name });
  }
  return unknownFlow;
};

/** The pattern, unless `-e` or `-f` gives it, then files; `-r` without a file looks where it stands. */
const grep: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  const hasPattern = hasFlag(parsed, "-e", "--regexp", "-f", "--file");
  const { operands: _, ...program } = call.program;
  return runner.generic({
    ...call,
    program: { ...program, operands: hasPattern ? ["read"] : ["text", "read"] },
  });
};

export const search: Record<string, Handler> = { find, fd, xargs, parallel, grep };
