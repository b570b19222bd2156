import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteOpaque, notePath } from "../findings.ts";
import { type Flow, flowWith, textFlow } from "../flow.ts";
import type { Operand } from "../operand.ts";
import { useOperand } from "../program.ts";
import { takes } from "../programs/program.ts";
import type { Call, Handler, Runner } from "../runner.ts";
import { awkCode } from "./awk-code.ts";
import { sedDeeds } from "./sed-script.ts";

/** Letters of code in another language that are looked at; what looks takes steps by their square. */
const maxCode = 4096;

/** Without blanks that mean nothing; undefined for too much. */
const condensed = (code: string): string | undefined =>
  code.length > maxCode
    ? undefined
    : code
        .split("\n")
        .map((line) => line.trim().replace(/[ \t]{2,}/g, " "))
        .filter((line) => line !== "")
        .join("\n");

/** sed: `-i` changes its files, `w` writes, `e` runs what the text says. */
const sed: Handler = (call, runner) => {
  const { args, input } = call;
  const parsed = parseArguments(
    // -i has its suffix in the same word, never in the next.
    args.map((each) =>
      /^-[nEruszb]*i./.test(each.text) ? { ...each, text: each.text.replace(/i.*$/s, "i") } : each,
    ),
    takes("-e -f=script -l --expression --file=script --line-length"),
  );
  const scripts = valuesOf(parsed, "-e", "--expression");
  const files = [...parsed.operands];
  if (scripts.length === 0 && !hasFlag(parsed, "-f", "--file")) scripts.push(...files.splice(0, 1));
  for (const file of valuesOf(parsed, "-f", "--file")) useOperand("script", file, call, runner);
  // Their texts are one, so that `a\\` takes the next one's lines.
  const [first] = scripts;
  if (first !== undefined)
    noteSedScript(
      {
        ...first,
        text: scripts.map(({ text }) => text).join("\n"),
        dynamic: scripts.some(({ dynamic }) => dynamic),
      },
      call,
      runner,
    );
  const inPlace = hasFlag(parsed, "-i", "--in-place");
  for (const file of files) useOperand(inPlace ? "change" : "read", file, call, runner);
  return flowWith(input, "decode");
};

function noteSedScript(script: Operand, { name, scope }: Call, runner: Runner): void {
  const { findings } = runner;
  if (script.text.length > maxCode) return noteOpaque(findings, `what ${name} does is too long to be judged`);
  if (script.dynamic) noteOpaqueIfAlone(script, name, runner);
  const deeds = sedDeeds(script.text);
  if (deeds === undefined) return noteOpaque(findings, `what ${name} does cannot be read`);
  for (const deed of deeds) {
    if (deed.kind === "run-input") noteOpaque(findings, "sed runs what its input gives");
    else if (deed.kind === "run") runner.text({ ...script, text: deed.text }, scope, { by: name });
    else notePath(findings, deed.kind === "write" ? "change" : "read", { ...script, text: deed.text }, name);
  }
}

/** A script that is an expansion as a whole could be any; `s/x/$y/` could be one, too, but is somebody's day. */
function noteOpaqueIfAlone(script: Operand, name: string, { findings }: Runner): void {
  if (/^\$[{(]?\w/.test(script.text) || script.text.startsWith("`"))
    noteOpaque(findings, `what ${name} does is named by an expansion`);
}

/** awk runs something: `system`, a pipe from or to a command, code out of files. Strings stand as `""`. */
const awkRuns =
  /\bsystem\s*\(|@\s*[A-Za-z_]|\|\s*getline|\|&|(?<!\|)\|(?!\|)\s*("|[A-Za-z_$(])|@load|@include/;
/** What it runs is one text as it stands. */
const awkRunsText =
  /\bsystem\s*\(\s*""\s*\)|(?<!\|)\|&?\s*""(?=\s*([;}\n)]|$))|(?<=(^|[;{}(\n])\s*)""\s*\|\s*getline/g;

/** awk: its own language, harmless but for `system`, pipes and redirections. */
const awk: Handler = (call, runner) => {
  const { name, args, scope, input } = call;
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes("-F -v -f=script -i=script -l -e --field-separator --assign --file=script --source -E=script"),
    { stop: true },
  );
  const files = [...parsed.operands];
  const programs = valuesOf(parsed, "-e", "--source");
  for (const file of valuesOf(parsed, "-f", "--file", "-i", "-E")) useOperand("script", file, call, runner);
  if (programs.length === 0 && !hasFlag(parsed, "-f", "--file", "-E")) programs.push(...files.splice(0, 1));
  for (const program of programs) {
    const source = condensed(program.text);
    if (source === undefined) {
      noteOpaque(findings, `what ${name} does is too long to be judged`);
      continue;
    }
    const read = awkCode(source);
    if (read === undefined) {
      noteOpaque(findings, `what ${name} does cannot be read`);
      continue;
    }
    const { code, strings } = read;
    if (program.dynamic && /^\$[{(]?\w/.test(program.text))
      noteOpaque(findings, `what ${name} does is named by an expansion`);
    if (awkRuns.test(code)) {
      if (awkRuns.test(code.replace(awkRunsText, "")))
        noteOpaque(findings, `${name} runs commands that it makes up`);
      for (const text of strings)
        if (/[a-z]/.test(text)) runner.text({ ...program, text, dynamic: false }, scope, { by: name });
    }
    if (/\bprintf?\b[^;}\n]*?(?<![=!<>])>>?(?!=)\s*("|[A-Za-z_$(])/.test(code)) {
      const target = strings.find((text) => text.includes("/"));
      if (target === undefined) findings.writes = true;
      else notePath(findings, "change", { ...program, text: target, dynamic: false }, name);
    }
    if (/getline\s*[\w$]*\s*</.test(code)) {
      for (const text of strings)
        if (text.includes("/")) notePath(findings, "read", { ...program, text, dynamic: false }, name);
      if (!/getline\s*[\w$]*\s*<\s*""(?!\s*[("\w$])/.test(code)) findings.effects.add("dynamic-path");
    }
    if (/\bARG[VC]\b/.test(code)) findings.effects.add("dynamic-path");
    if (strings.some((text) => text.startsWith("/inet"))) findings.effects.add("dev-tcp");
  }
  if (hasFlag(parsed, "-l", "--load", "-i", "--include"))
    noteOpaque(findings, `${name} loads code that its options name`);
  if (hasFlag(parsed, "-d", "-o", "-p", "-D", "--dump-variables", "--pretty-print", "--profile"))
    findings.writes = true;
  for (const file of files) if (!/^[A-Za-z_]\w*=/.test(file.text)) useOperand("read", file, call, runner);
  return flowWith(input, "decode");
};

/** base64, base32, xxd: decoding where told to, worked out where the text is known. */
const decoder: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  const flow = runner.generic(call);
  if (!hasFlag(parsed, "-d", "-D", "--decode", "-r", "--revert")) return flow;
  const text = call.input?.text;
  const decoded = text === undefined || parsed.operands.length > 0 ? undefined : decode(call.name, text);
  return decoded === undefined
    ? flowWith(flow, "decode")
    : textFlow(decoded, "decode", ...(call.input?.traits ?? []));
};

function decode(name: string, text: string): string | undefined {
  try {
    if (name === "base64") {
      const bytes = Uint8Array.from(atob(text.replace(/\s/g, "")), (character) => character.charCodeAt(0));
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    }
    const hex = text.replace(/\s/g, "");
    if (name !== "xxd" || !/^([0-9a-f]{2})+$/i.test(hex)) return undefined;
    return hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  } catch {
    // Not what it says it is: then nobody knows what comes out.
    return undefined;
  }
}

/** gzip and its like, which decode with `-d`, and keep the file with `-c`. */
const compressor: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  const toOutput =
    hasFlag(parsed, "-c", "--stdout", "--to-stdout", "-l", "--list", "-t", "--test") ||
    parsed.operands.length === 0;
  const { operands: _, ...program } = call.program;
  const flow: Flow = runner.generic({
    ...call,
    program: { ...program, operands: [toOutput ? "read" : "change"] },
  });
  return hasFlag(parsed, "-d", "--decompress", "--uncompress") ? flowWith(flow, "decode") : flow;
};

/** Editors change files and run commands, now by their options or later by hand. */
const editor: Handler = (call, runner) => {
  const { args, name, scope } = call;
  if (args.some(({ text }) => /^--(version|help)$/.test(text))) return flowWith(call.input);
  for (const { text, dynamic } of args) {
    const [, commands = ""] = /^\+(.*)$/s.exec(text) ?? [];
    const [, shell = ""] = /^:?!\s*(.+)$/s.exec(commands) ?? [];
    if (shell !== "")
      runner.text({ text: shell, dynamic, glob: false, plain: false, span: undefined, scripts: [] }, scope, {
        by: name,
      });
    else if (/[^\d/]/.test(commands)) noteOpaque(runner.findings, `${name} runs code that is not shell`);
  }
  const parsed = runner.parse(call);
  for (const { option, value } of parsed.values)
    if (/^(-c|--cmd)$/.test(option) && /^:?!/.test(value.text))
      runner.text({ ...value, text: value.text.replace(/^:?!/, "") }, scope, { by: name });
  return runner.generic({ ...call, args: args.filter(({ text }) => !text.startsWith("+")) });
};

/** `+!text` runs a text at the start. */
function pagedBy(call: Call, runner: Runner): Flow {
  for (const word of call.args) {
    const [, text] = /^\+\+?!(.+)$/s.exec(word.text) ?? [];
    if (text !== undefined) runner.text({ ...word, text }, call.scope, { by: call.name });
  }
  return runner.generic({ ...call, args: call.args.filter(({ text }) => !text.startsWith("+")) });
}

/** Pagers read, and run a shell for whoever types `!`; manual pages are no files. */
const pager: Handler = (call, runner) => {
  if (call.name !== "man" && call.name !== "info") return pagedBy(call, runner);
  const parsed = parseArguments(call.args, takes("-P=shell -H=shell -p --pager=shell -M -C=read -L"));
  for (const text of valuesOf(parsed, "-P", "-H", "--pager"))
    runner.text(text, call.scope, { by: call.name });
  noteInterpreter(runner.findings, call.name);
  return flowWith(call.input);
};

export const text: Record<string, Handler> = { sed, awk, decoder, compressor, editor, pager };
