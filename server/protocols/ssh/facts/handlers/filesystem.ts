import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteMark, noteNetwork, noteOpaque, notePath } from "../findings.ts";
import { flowWith } from "../flow.ts";
import { type Operand, plainOperand } from "../operand.ts";
import { hostOf } from "../paths.ts";
import { useOperand } from "../program.ts";
import { takes } from "../programs/program.ts";
import type { Handler } from "../runner.ts";

const dd: Handler = ({ name, args, input }, { findings }) => {
  for (const word of args) {
    const [, key = "", value = ""] = /^(\w+)=(.*)$/s.exec(word.text) ?? [];
    const operand = { ...word, text: value };
    if (key === "if") notePath(findings, "read", operand, name);
    if (key !== "of") continue;
    notePath(findings, "change", operand, name);
  }
  return flowWith(input);
};

/** With `-t` all operands are sources; taking what stands in the way is force. */
const copy: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  const { last, ...program } = call.program;
  const into = hasFlag(parsed, "-t", "--target-directory");
  if (call.name === "install" && hasFlag(parsed, "-d", "--directory"))
    return runner.generic({ ...call, program: { ...program, operands: ["change"] } });
  if (
    call.name === "install" &&
    valuesOf(parsed, "-m", "--mode").some(({ text }) => isSetId(text.slice(0, maxMode)))
  )
    noteMark(runner.findings, { effects: ["set-uid"], privilege: true }, call.name);
  // What lands in a directory has its source's name there.
  const target = parsed.operands.at(-1);
  if (!into && target?.text.endsWith("/") === true)
    for (const source of parsed.operands.slice(0, -1))
      notePath(
        runner.findings,
        "change",
        { ...target, text: target.text + (source.text.split("/").at(-1) ?? "") },
        call.name,
      );
  return runner.generic({ ...call, program: into || last === undefined ? program : call.program });
};

/** A link's name changes; a link to a secret is a way to it. */
const link: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  const flow = copy(call, runner);
  const [source] = parsed.operands;
  if (source !== undefined && parsed.operands.length === 1)
    notePath(runner.findings, "change", plainOperand(source.text.split("/").at(-1) ?? ""), call.name);
  return flow;
};

/** Letters of a mode that are looked at. */
const maxMode = 64;

const isSetId = (mode: string): boolean =>
  /[ug+]*\+[rwxXt]*s/.test(mode) || /^[=ugoa,+rwx]*=[rwx]*s/.test(mode) || /^0*[2467][0-7]{3}$/.test(mode);
const isOpen = (mode: string): boolean =>
  /^[0-7]*[2367]$/.test(mode) || /(^|,)([ugoa]*[oa][ugoa]*)?[+=][rxX]*w/.test(mode);

/** A mode may begin with a minus, so options are only those that chmod has. */
const chmod: Handler = ({ name, args, input }, runner) => {
  const { findings } = runner;
  const options = args.filter(({ text }) => /^(-[Rcfv]+|--\w[\w=/.-]*)$/.test(text));
  const words = args.filter((each) => !options.includes(each) && each.text !== "--");
  const parsed = parseArguments(options, takes("--reference=list"));
  const recursive = hasFlag(parsed, "-R", "--recursive");
  const mode = hasFlag(parsed, "--reference") ? undefined : words[0];
  const files = mode === undefined ? words : words.slice(1);
  if (mode !== undefined) {
    if (mode.text.length <= maxMode && isSetId(mode.text))
      noteMark(findings, { effects: ["set-uid"], privilege: true }, name);
    if (mode.text.length <= maxMode && isOpen(mode.text)) findings.effects.add("permissions");
    if (mode.dynamic || mode.text.length > maxMode) noteOpaque(findings, "the mode is named by an expansion");
  }
  for (const file of files) notePath(findings, "change", file, name, { recursive });
  return flowWith(input);
};

/** tar by its dashes or without: the first word is options in the old style. */
const tar: Handler = (call, runner) => {
  const { args, input, scope, name } = call;
  const { findings } = runner;
  const [first, ...others] = args;
  const old = first !== undefined && /^[A-Za-z]+$/.test(first.text);
  const words = old
    ? [{ ...first, text: `-${oldStyle(first.text)}` }, ...reordered(first.text, others)]
    : args;
  const parsed = parseArguments(
    words,
    takes(
      "-f -C=directory -T=read -X=read -I=shell -b -H -N -K -V -F=shell -g=change --file --directory --files-from=read --exclude --exclude-from=read --use-compress-program=shell --to-command=shell --checkpoint-action --rsh-command=shell --info-script=shell --new-volume-script=shell --transform --strip-components --owner --group --mode --newer --checkpoint --listed-incremental=change",
    ),
  );
  for (const text of valuesOf(
    parsed,
    "-I",
    "--use-compress-program",
    "--to-command",
    "--rsh-command",
    "-F",
    "--info-script",
    "--new-volume-script",
  ))
    runner.text(text, scope, { by: name });
  for (const action of valuesOf(parsed, "--checkpoint-action")) {
    const [, text] = /^exec=(.*)$/s.exec(action.text) ?? [];
    if (text !== undefined) runner.text({ ...action, text }, scope, { by: name });
  }
  for (const list of valuesOf(parsed, "-T", "-X", "--files-from", "--exclude-from"))
    useOperand("read", list, call, runner);
  const archives = valuesOf(parsed, "-f", "--file");
  const writing = hasFlag(parsed, "-c", "--create", "-r", "--append", "-u", "--update", "-A", "--delete");
  const extracting = hasFlag(parsed, "-x", "--extract", "--get");
  for (const archive of archives) {
    if (archive.text === "-") continue;
    if (/^[\w.@-]+:[^\\]/.test(archive.text))
      noteNetwork(findings, writing ? "upload" : "download", hostOf(archive.text));
    else notePath(findings, writing ? "change" : "read", archive, name);
  }
  if (writing)
    for (const file of parsed.operands) notePath(findings, "copy", file, name, { recursive: true });
  if (hasFlag(parsed, "--remove-files"))
    for (const file of parsed.operands) notePath(findings, "delete", file, name, { recursive: true });
  if (extracting) {
    if (!hasFlag(parsed, "-O", "--to-stdout"))
      notePath(findings, "change", valuesOf(parsed, "-C", "--directory")[0] ?? plainOperand("."), name, {
        recursive: true,
      });
    if (hasFlag(parsed, "-P", "--absolute-names"))
      noteOpaque(findings, "tar changes whatever the archive names");
    return flowWith(input, "decode");
  }
  return flowWith(input);
};

/** In the old style, the arguments of `f`, `C`... follow in the order of the letters. */
const oldStyle = (letters: string): string => letters.replace(/[fCTXbHNVKIg]/g, "");
function reordered(letters: string, words: readonly Operand[]): Operand[] {
  const taking = [...letters].filter((letter) => /[fCTXbHNVKIg]/.test(letter));
  const paired = taking.flatMap((letter, index) => {
    const word = words[index];
    return word === undefined ? [] : [plainOperand(`-${letter}`), word];
  });
  return [...paired, ...words.slice(taking.length)];
}

const unpack: Handler = (call, runner) => {
  const parsed = runner.parse(call);
  const { operands: _, ...program } = call.program;
  if (!hasFlag(parsed, "-l", "-t", "-p", "-v", "-Z"))
    notePath(runner.findings, "change", valuesOf(parsed, "-d")[0] ?? plainOperand("."), call.name, {
      recursive: true,
    });
  return runner.generic({ ...call, program: { ...program, operands: ["read", "text"] } });
};

export const filesystem: Record<string, Handler> = { dd, copy, link, chmod, tar, unpack };
