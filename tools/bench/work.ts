/** What is asked, in the same words directly and through the gateway. */
export type Query = { sql: string; parameters: number[]; maxRows: number; rows: number };

/** How the answer is taken: whole, or as it comes. */
export type Shape = "point" | "page" | "stream";
export const shapes: readonly Shape[] = ["point", "page", "stream"];

/** Columns without classes, or with: the gateway masks the e-mail and the card. */
export type Mode = "plain" | "masked";
export const modes: readonly Mode[] = ["plain", "masked"];

export const rowCount = 1_000_000;
const pageRows = 1_000;

const columns: Record<Mode, string> = {
  plain: "id, note, quantity, amount, at",
  masked: "id, note, amount, email, card",
};

/** Spreads look-ups over the table, the same way in every run. */
const spread = (n: number): number => 1 + ((n * 611_953) % (rowCount - pageRows));

/** The `n`th query of a shape. `share`: the part of the million rows that one of several clients streams. */
export function queryOf(shape: Shape, mode: Mode, n: number, share = { of: 1, at: 0 }): Query {
  const select = `select ${columns[mode]} from bench_rows`;
  switch (shape) {
    case "point":
      return { sql: `${select} where id = $1`, parameters: [spread(n)], maxRows: 1_000, rows: 1 };
    case "page":
      return {
        sql: `${select} where id >= $1 order by id limit ${pageRows}`,
        parameters: [spread(n)],
        maxRows: pageRows,
        rows: pageRows,
      };
    case "stream": {
      const rows = rowCount / share.of;
      const range = [share.at * rows + 1, (share.at + 1) * rows];
      return share.of === 1
        ? { sql: select, parameters: [], maxRows: 2 * rowCount, rows }
        : { sql: `${select} where id between $1 and $2`, parameters: range, maxRows: 2 * rowCount, rows };
    }
  }
}
