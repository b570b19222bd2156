import { Refusal } from "../../shared/contract/errors.ts";
import type { Parameter } from "../../shared/nouns/command.ts";
import type { Lookup } from "../../shared/nouns/facts.ts";

/** Elements that an array in a parameter may hold, as many as a list in the text. */
export const maxGiven = 10;

/** A look-up that a command makes; with `parameter`, of each element of the array that this parameter holds. */
export type MadeLookup = Lookup & { parameter?: number };

/**
 * Hidden values that running a command with these parameters looks for. Arrays are counted as they are, and at their
 * bound where the parameter is not given (a dry run).
 *
 * Throws `masking_refused` where an array holds more than `maxGiven`.
 */
export function lookedFor(lookups: readonly MadeLookup[], parameters: readonly Parameter[]): number {
  return lookups.reduce((sum, { relation, column, values, parameter }) => {
    const given = parameter === undefined ? undefined : parameters[parameter - 1];
    if (given === undefined) return sum + values;
    const count = elementsOf(given);
    if (count > maxGiven)
      throw new Refusal(
        "masking_refused",
        `$${parameter} holds ${count} values to look for in ${relation}.${column}, which is hidden from you.`,
        { hint: `Look for ${maxGiven} at most in one command.` },
      );
    return sum + count;
  }, 0);
}

/** How many elements an array in PostgreSQL's text form has, in all its dimensions: never too few. */
function elementsOf(value: Parameter): number {
  if (value === null || /^\s*\{\s*\}\s*$/.test(String(value))) return 0;
  // Within quotes and behind a backslash a comma is part of an element.
  return String(value)
    .replace(/"(?:[^"\\]|\\[^])*"|\\[^]/g, "")
    .split(",").length;
}
