import { Refusal } from "../../../../shared/contract/errors.ts";

/** Entries that PostgreSQL allows in a target list (MaxTupleAttributeNumber). */
export const maxOutputColumns = 1_664;
/** Columns that one command's queries may hand to each other, all references counted. */
export const maxOfferedColumns = 200_000;

/** Columns that a command's queries and items of FROM have offered so far; one for all of its statements. */
export type Offering = { columns: number };

const hint = "Name the columns that you need instead of *, or split the command.";

/** Throws `sql_too_large` for a list that PostgreSQL would refuse as well: `*` over `*` doubles with every level. */
export function checkWidth(columns: number): void {
  if (columns > maxOutputColumns)
    throw new Refusal("sql_too_large", `A query gives out more than ${maxOutputColumns} columns.`, { hint });
}

/** Counts columns before they are copied. Throws `sql_too_large` where one command's become too many. */
export function countOffered({ offering }: { offering: Offering }, columns: number): void {
  offering.columns += columns;
  if (offering.columns > maxOfferedColumns)
    throw new Refusal(
      "sql_too_large",
      `The command's queries and tables offer more than ${maxOfferedColumns} columns in all.`,
      { hint },
    );
}
