import { forEachChild, type Function as FunctionNode, type SyntaxNode } from "unbash";
import { type Findings, noteTamper } from "./findings.ts";
import { noteShadow } from "./builtins.ts";
import type { Scope } from "./runner.ts";
import { isHookName } from "./variables.ts";

/** What defining a function does, beside what its body would do. */
export function noteFunction(findings: Findings, node: FunctionNode, scope: Scope): void {
  const name = node.name.value;
  findings.actions.add("shell.session");
  findings.madeFunctions.add(name);
  if (scope.live && isHookName(name)) noteTamper(findings, name);
  noteShadow(findings, name);
  if (multiplies(node.body, name)) {
    findings.effects.add("fork-bomb");
    findings.writes = true;
  }
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
