import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Findings } from "./findings.ts";
import { maxNodes } from "./meaning.ts";

export const tooMuch = (): Refusal =>
  new Refusal("shell_too_large", "The command holds too much within one another to be judged.", {
    hint: "Run it in several commands.",
  });

/** Counts work, in nodes; throws `shell_too_large` where a command has used up its budget. */
export function spend(findings: Findings, nodes: number): void {
  findings.nodes += nodes;
  if (findings.nodes > maxNodes) throw tooMuch();
}
