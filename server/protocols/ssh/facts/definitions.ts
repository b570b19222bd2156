import { forEachChild, type Function as FunctionNode, type SyntaxNode } from "unbash";
import { type Findings, noteTamper } from "./findings.ts";
import { isBuiltin } from "./builtins.ts";
import { programNamed } from "./programs/table.ts";
import type { Scope } from "./runner.ts";
import { isHookName } from "./variables.ts";

/** What defining a function does, beside what its body would do. */
export function noteFunction(findings: Findings, node: FunctionNode, scope: Scope): void {
  const name = node.name.value;
  findings.actions.add("shell.session");
  if (scope.live && isHookName(name)) noteTamper(findings, name);
  noteShadow(findings, name);
  if (multiplies(node.body, name)) {
    findings.effects.add("fork-bomb");
    findings.writes = true;
  }
}

/** A word that stands for something else from now on. */
export function noteShadow(findings: Findings, name: string): void {
  if (programNamed(name) !== undefined || isBuiltin(name)) findings.effects.add("shadow");
}

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
