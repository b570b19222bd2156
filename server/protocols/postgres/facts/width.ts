import { Refusal } from "../../../../shared/contract/errors.ts";

/** Entries that PostgreSQL allows in a target list (MaxTupleAttributeNumber). */
export const maxOutputColumns = 1_664;

/** Throws `sql_too_large` for a list that PostgreSQL would refuse as well: `*` over `*` doubles with every level. */
export function checkWidth(columns: number): void {
  if (columns > maxOutputColumns)
    throw new Refusal("sql_too_large", `A query gives out more than ${maxOutputColumns} columns.`, {
      hint: "Name the columns that you need instead of *, or split the command.",
    });
}
