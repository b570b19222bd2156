import {
  type Command,
  forEachChild,
  type Function as FunctionNode,
  type Redirection,
  type SyntaxNode,
} from "unbash";
import { type Findings, noteTamper } from "./findings.ts";
import { noteShadow } from "./builtins.ts";
import type { Operand } from "./operand.ts";
import type { Scope } from "./runner.ts";
import { isHookFunction } from "./variables.ts";

/** What defining a function does, beside what its body would do. */
export function noteFunction(findings: Findings, node: FunctionNode, scope: Scope): void {
  const name = node.name.value;
  findings.actions.add("shell.session");
  findings.madeFunctions.add(name);
  if (scope.live && isHookFunction(name, findings.dialect)) noteTamper(findings, name);
  noteShadow(findings, name);
  if (multiplies(node.body, name)) {
    findings.effects.add("fork-bomb");
    findings.writes = true;
  }
}

/** What a command's words and redirections say to the hook, whatever the command is. */
export function noteHook(
  findings: Findings,
  { redirects }: Command,
  argv: readonly Operand[],
  { live }: Scope,
): void {
  if (!live) return;
  // Shows a name of the hook's, or gives it a meaning: `declare -p`, `type`, an alias.
  for (const { text } of argv) for (const [name] of text.matchAll(/__g_\w*/g)) noteTamper(findings, name);
  // The shell's own input: keys from elsewhere, while the terminal's wait for whoever asks.
  const words = argv
    .map(({ text }) => text)
    .filter((text) => !/^(builtin|command|--?p?|noglob|nocorrect)$/.test(text));
  if (words.length === 1 && words[0] === "exec" && redirects.some(isInput))
    noteTamper(findings, "exec of the input");
}

const isInput = ({ operator, descriptor }: Redirection): boolean =>
  descriptor === undefined
    ? operator.startsWith("<")
    : descriptor.type === "FileDescriptor" && descriptor.value === 0;

/** Calls itself in a pipeline or in the background. */
function multiplies(node: SyntaxNode, name: string): boolean {
  let found = false;
  const visit = (child: SyntaxNode, parallel: boolean): void => {
    if (child.type === "Command" && parallel && child.name?.value === name) found = true;
    const next =
      parallel ||
      (child.type === "Pipeline" && child.commands.length > 1) ||
      (child.type === "Statement" && child.background === true);
    forEachChild(child, (each) => visit(each, next));
  };
  visit(node, false);
  return found;
}
