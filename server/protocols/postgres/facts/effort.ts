import { Refusal } from "../../../../shared/contract/errors.ts";

/** Steps that understanding one command may take: about a third of a second at worst. Everyday commands take hundreds. */
export const maxSteps = 3_000_000;
/** Columns that one command's queries may hand to each other, all references counted. */
export const maxOfferedColumns = 200_000;

/**
 * What understanding a command has cost so far, one for all of its statements. Counted and not timed, so that the same
 * text is refused on every machine: a step is a node looked at, a name compared, a column or reference copied.
 */
export type Effort = { steps: number; columns: number };

export const newEffort = (): Effort => ({ steps: 0, columns: 0 });

/** Throws `sql_too_large` where a command takes too many steps to understand. */
export function spend(effort: Effort, steps = 1): void {
  effort.steps += steps;
  if (effort.steps > maxSteps)
    throw new Refusal(
      "sql_too_large",
      `The command takes more than ${maxSteps} steps to understand: its queries, joins or conditions refer to each other too often.`,
      { hint: "Split it into several commands, or put long lists of values into one IN list." },
    );
}

/** Counts columns before they are copied. Throws `sql_too_large` where one command's become too many. */
export function countOffered({ effort }: { effort: Effort }, columns: number): void {
  effort.columns += columns;
  if (effort.columns > maxOfferedColumns)
    throw new Refusal(
      "sql_too_large",
      `The command's queries and tables offer more than ${maxOfferedColumns} columns in all.`,
      { hint: "Name the columns that you need instead of *, or split the command." },
    );
}
