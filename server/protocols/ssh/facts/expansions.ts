import { forEachChild, type SyntaxNode } from "unbash";
import { type Findings, noteOpaque, noteTamper } from "./findings.ts";

/** Text that becomes a command where a shell takes it for a subscript: `a[$(id)]`, kept from expansion by quotes. */
const subscript = /\[[^\]]*(\$\(|`|\$\{)/;

/**
 * What the expansions of a word do beside giving a value: run what a variable holds, give variables values, hide
 * a command in a subscript. Substitutions are not gone into.
 */
export function noteExpansions(
  findings: Findings,
  node: SyntaxNode,
  live: boolean,
  assign: (name: string) => void,
): void {
  const shown = (name: string): void => {
    if (live && name.startsWith("__g_")) noteTamper(findings, name);
  };
  const visit = (child: SyntaxNode): void => {
    switch (child.type) {
      case "Script":
        return;
      case "SingleQuoted":
      case "AnsiCQuoted":
        if (subscript.test(child.value))
          noteOpaque(findings, "a quoted subscript holds a command that arithmetic would run");
        return;
      case "SimpleExpansion":
        shown(child.text.slice(1));
        return;
      case "ParameterExpansion":
        shown(child.parameter);
        if (child.operation?.type === "Transform" && child.operation.operand.value.includes("P"))
          noteOpaque(findings, `${child.text} runs the substitutions that a variable holds`);
        if (child.prefix === "!" && child.operation?.type !== "Names" && child.index === undefined)
          noteOpaque(findings, `${child.text} names a variable by a variable`);
        if (child.operation?.type === "Default" && child.operation.operator.endsWith("="))
          assign(child.parameter);
        if (child.operation?.type === "Unknown")
          noteOpaque(findings, `${child.text} is an expansion that is not known`);
        break;
      case "ArithmeticBinary":
        if (/^([-+*/%&|^]|<<|>>)?=$/.test(child.operator) && child.left.type === "ArithmeticWord")
          assign(baseOf(child.left.value));
        break;
      case "ArithmeticUnary":
        if (/^(\+\+|--)$/.test(child.operator) && child.operand.type === "ArithmeticWord")
          assign(baseOf(child.operand.value));
        break;
      default:
    }
    forEachChild(child, visit);
  };
  visit(node);
}

const baseOf = (name: string): string => name.replace(/\[.*$/s, "").replace(/^\$/, "");
