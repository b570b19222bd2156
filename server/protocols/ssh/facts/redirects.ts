import type { HereDoc, Redirect, Redirection } from "unbash";
import { type Findings, notePath } from "./findings.ts";
import { type Flow, flowWith, silent, textFlow } from "./flow.ts";
import type { Operand } from "./operand.ts";

/** What redirections read and change, and what the command gets for its input: `given`, unless one says otherwise. */
export function noteRedirects(
  findings: Findings,
  redirects: readonly Redirection[],
  given: Flow | undefined,
  { operands, flowOf }: { operands(node: Redirection): Operand[]; flowOf(operand: Operand): Flow },
): Flow | undefined {
  let input = given;
  for (const each of redirects) {
    const targets = operands(each);
    if (each.type === "HereDoc") input = documentFlow(each);
    else if (each.type === "HereString")
      for (const target of targets)
        input = target.dynamic ? flowWith(flowOf(target), "unknown") : textFlow(`${target.text}\n`);
    else for (const target of targets) input = redirect(findings, each, target, flowOf) ?? input;
  }
  return input;
}

function documentFlow({ operator, body, delimiter }: HereDoc): Flow {
  const text = operator === "<<-" ? body.text.replace(/^\t+/gm, "") : body.text;
  if (delimiter?.quoted === true) return textFlow(text);
  const resolved = text.replace(/\\([$`\\\n])/g, (_, next: string) => (next === "\n" ? "" : next));
  return textFlow(resolved, ...(/[$`]/.test(text) ? (["unknown"] as const) : []));
}

/** The input that it gives, if it gives one. */
function redirect(
  findings: Findings,
  { operator }: Redirect,
  target: Operand,
  flowOf: (operand: Operand) => Flow,
): Flow | undefined {
  const program = "the redirection";
  if (operator === "<") {
    notePath(findings, "read", target, program);
    if (target.text === "/dev/null") return silent;
    return target.text.startsWith("<(") ? flowOf(target) : flowWith(undefined, "unknown");
  }
  if (operator.endsWith("&") && /^(\d+-?|-)$/.test(target.text)) return undefined;
  if (operator === "<>") notePath(findings, "read", target, program);
  notePath(findings, "change", target, program);
  if (/^(>|>\||&>)$/.test(operator) && /^\/+(etc|boot|usr|lib|bin|sbin)\//.test(target.text))
    findings.effects.add("truncate");
  return undefined;
}
