import { hasFlag, parseArguments, valuesOf } from "../arguments.ts";
import { noteInterpreter, noteNetwork, noteOpaque, notePath } from "../findings.ts";
import { flowWith, unknownFlow } from "../flow.ts";
import type { Operand } from "../operand.ts";
import { hostOf } from "../paths.ts";
import { takes } from "../programs/program.ts";
import type { Call, Handler, Runner } from "../runner.ts";

const gitShows =
  /^(status|log|diff|show|blame|grep|shortlog|describe|rev-parse|rev-list|ls-files|ls-tree|cat-file|reflog|whatchanged|name-rev|merge-base|for-each-ref|show-ref|show-branch|count-objects|fsck|check-ignore|var|version|help|cherry|range-diff|verify-commit|verify-tag|diff-tree|diff-index|diff-files|archive)$/;
/** Settings whose value git runs. */
const gitRuns =
  /^(core\.(pager|editor|sshcommand|fsmonitor|askpass|gitproxy|hookspath|alternaterefscommand)|pager\..*|sequence\.editor|diff\..*\.(command|textconv)|diff\.external|merge\..*\.driver|filter\..*|credential(\..*)?\.helper|gpg(\..*)?\.program|(diff|merge)tool\..*\.cmd|browser\..*\.cmd|man\..*\.cmd|uploadpack\.packobjectshook|alias\..*|protocol\.ext\.allow|include(if\..*)?\.path|interactive\.difffilter|remote\..*\.(proxy|uploadpack|receivepack|vcs)|init\.templatedir|submodule\..*\.update)$/i;

/** git: what shows, what changes, what goes over the network, and settings by which it runs something else. */
const git: Handler = (call, runner) => {
  const { name, args, input } = call;
  const { findings } = runner;
  const parsed = parseArguments(
    args,
    takes("-C=directory -c --git-dir --work-tree --namespace --exec-path --config-env --super-prefix"),
    { stop: true },
  );
  for (const setting of valuesOf(parsed, "-c")) noteGitSetting(setting, call, runner);
  if (hasFlag(parsed, "--config-env")) noteOpaque(findings, "git takes settings out of the environment");
  for (const { option } of parsed.values) if (option === "--exec-path") findings.effects.add("path");
  // Its pager is the other user's then, and nothing tells it to take no commands.
  if (
    ["sudo", "doas", "su", "runuser", "pkexec", "gosu"].some((each) => findings.wrappers.has(each)) &&
    !hasFlag(parsed, "-P", "--no-pager")
  )
    noteInterpreter(findings, name);
  const [command, ...rest] = parsed.operands;
  if (command === undefined) return unknownFlow;
  const { text } = command;
  const words = rest.map((each) => each.text);
  const operands = words.filter((word) => !word.startsWith("-"));
  for (const word of rest) {
    const [, program] =
      /^--(?:upload-pack|receive-pack|exec|extcmd|ext-diff|open-files-in-pager)=(.*)$/s.exec(word.text) ??
      (text === "grep" ? /^(?:-\w*O|--open-files-in-pager$)(.*)$/s.exec(word.text) : null) ??
      [];
    if (program === "") noteInterpreter(findings, name);
    else if (program !== undefined) runner.text({ ...word, text: program }, call.scope, { by: name });
    if (/^ext::/.test(word.text))
      runner.text({ ...word, text: word.text.slice(5) }, call.scope, { by: name });
    const [, output] = /^--output=(.*)$/s.exec(word.text) ?? [];
    if (output !== undefined) notePath(findings, "change", { ...word, text: output }, name);
  }
  if (command.dynamic) noteOpaque(findings, "what git does is named by an expansion");
  else if (/^(clone|pull|fetch|ls-remote|remote|submodule|push|send-email)$/.test(text)) {
    const url = operands.find((word) => /:|\/\//.test(word)) ?? "";
    if (text === "remote" && /^(|-v|show|get-url)$/.test(words[0] ?? "")) return unknownFlow;
    if (text !== "remote")
      noteNetwork(findings, text === "push" || text === "send-email" ? "upload" : "download", hostOf(url));
    if (text !== "ls-remote") findings.writes = true;
    if (text === "push" && words.some((word) => /^(-f|--force.*|--mirror|--delete|-d|\+.*|:.+)$/.test(word)))
      findings.effects.add("history-rewrite");
  } else if (text === "config") {
    if (!words.some((word) => /^(-l|--list|--get.*|list|get)$/.test(word)) && operands.length > 1) {
      findings.writes = true;
      noteGitSetting({ ...command, text: `${operands.at(-2) ?? ""}=${operands.at(-1) ?? ""}` }, call, runner);
    } else if (words.some((word) => /^(-e|--edit|edit)$/.test(word))) noteInterpreter(findings, name);
  } else if (text === "credential" || text === "credential-store") findings.secrets.add("token");
  else if (/^(branch|tag|stash|worktree|notes|bisect)$/.test(text)) {
    const shows =
      /^(list|show)$/.test(operands[0] ?? "") ||
      (operands.length === 0 &&
        !(text === "stash" && words.length === 0) &&
        !words.some((word) => /^-[dDmMcC]/.test(word)));
    if (!shows) findings.writes = true;
    if (text === "bisect" && operands[0] === "run") runner.program(rest.slice(1), call.scope, input);
  } else if (text === "filter-branch" || text === "filter-repo") {
    noteOpaque(findings, "git runs commands over its history");
  } else if (text === "rebase" || text === "submodule") {
    const parsedRest = parseArguments(rest, takes("-x=shell --exec=shell --onto -s -X"));
    for (const each of valuesOf(parsedRest, "-x", "--exec")) runner.text(each, call.scope, { by: name });
    findings.writes = true;
  } else if (
    text === "clean" ||
    (text === "reset" && words.includes("--hard")) ||
    (text === "checkout" && words.some((word) => /^(-f|--force|\.)$/.test(word)))
  ) {
    findings.writes = true;
    if (text !== "clean" || words.some((word) => /^-\w*f|^--force/.test(word))) {
      findings.actions.add("shell.delete");
      findings.effects.add("discard");
    }
  } else if (!gitShows.test(text)) {
    findings.writes = true;
    if (!gitKnown.test(text)) noteOpaque(findings, `git ${text} may be an alias, or a program of its own`);
  }
  return flowWith(input);
};

const gitKnown =
  /^(add|commit|checkout|switch|restore|merge|rebase|reset|cherry-pick|revert|rm|mv|init|apply|am|gc|prune|repack|update-index|update-ref|symbolic-ref|maintenance|format-patch|hash-object|write-tree|read-tree|commit-tree|sparse-checkout|lfs|bundle|pack-refs|replace|rerere|mergetool|difftool|citool|gui|instaweb|daemon|svn|p4|request-pull|fast-import|fast-export)$/;

function noteGitSetting(setting: Operand, { name, scope }: Call, runner: Runner): void {
  const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(setting.text) ?? [];
  if (setting.dynamic) noteOpaque(runner.findings, "git takes a setting that is an expansion");
  if (!gitRuns.test(key) || /^(|true|false|cat|less( -\w+)*|vim?|nano|store|cache|always|user)$/.test(value))
    return;
  runner.findings.effects.add("starter");
  if (/^alias\./.test(key) && !value.startsWith("!")) return;
  runner.text({ ...setting, text: value.replace(/^!/, "") }, scope, { by: name });
}

/** The one program of its kind. */
export const gitTools: Record<string, Handler> = {
  git,
};
