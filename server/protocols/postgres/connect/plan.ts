import type { Binding } from "../../../approval/permit.ts";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Parameter } from "../../../../shared/nouns/command.ts";
import type { OutsideTransaction } from "../facts/outside-transaction.ts";
import type { Executable } from "./chunk.ts";

/** One statement as it goes to the server. */
export type Step = {
  index: number;
  text: string;
  values: (string | null)[];
  maxRows: number;
  writes: boolean;
  hiddenWrites: boolean;
  isLast: boolean;
  /** Characters of the command before it: the server counts error positions from its start. */
  offset: number;
};

/** A command cut into statements, under the stricter of its own limits and the permit's. */
export type Plan = {
  steps: Step[];
  writes: boolean;
  timeoutMs: number;
  maxAffectedRows: number | null;
  /** Where its only step runs outside a transaction. */
  outside: OutsideTransaction | undefined;
};

/**
 * Cuts the command's bytes at its statements' spans. Throws `permit_invalid` where it would write without the right
 * to, `parameters_mismatch` for parameters to a script, `runs_alone` for one with a statement that runs alone, `sql_empty`, `sql_unparseable` for a NUL or a span outside the
 * text.
 */
export function plan(command: Executable, binding: Readonly<Binding>): Plan {
  if (command.writes && !binding.writes) throw new Refusal("permit_invalid", "The permit is for reading.");
  if (command.statements.length === 0) throw new Refusal("sql_empty", "There is no statement to run.");
  if (command.parameters.length > 0 && command.statements.length > 1)
    throw new Refusal(
      "parameters_mismatch",
      "Parameters can be given to a single statement, not to a script.",
    );
  const outside = command.statements.find((one) => one.outside !== undefined)?.outside;
  if (outside !== undefined && command.statements.length > 1)
    throw new Refusal("runs_alone", `${outside.called} runs outside a transaction, as a command of its own.`);
  const bounds = binding.purpose === "command" ? binding.obligations : undefined;
  const maxRows = Math.min(command.maxRows, bounds?.maxRows ?? Infinity);
  const bytes = Buffer.from(command.sql, "utf8");
  const values = command.parameters.map(textForm);
  const steps = command.statements.map(({ span, writes, hiddenWrites = false }, index): Step => {
    const text = bytes.toString("utf8", span.start, span.end);
    if (span.start < 0 || span.end > bytes.length || text.trim() === "" || text.includes("\0"))
      throw new Refusal("sql_unparseable", `Statement ${index + 1} does not lie within the command's text.`);
    const isLast = index === command.statements.length - 1;
    const offset = [...bytes.toString("utf8", 0, span.start)].length;
    return { index, text, values, maxRows, writes, hiddenWrites, isLast, offset };
  });
  return {
    steps,
    writes: command.writes,
    timeoutMs: Math.min(command.timeoutMs, bounds?.timeoutMs ?? Infinity),
    maxAffectedRows: strictest(command.maxAffectedRows, bounds?.maxAffectedRows ?? null),
    outside,
  };
}

const textForm = (value: Parameter): string | null => (value === null ? null : String(value));

const strictest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);
