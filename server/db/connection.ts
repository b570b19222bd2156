import { CompiledQuery } from "kysely";
import type { QueryResultRow } from "pg";

/** A statement that is written out, with its values; a name where it is worth being prepared. */
export type Statement = { text: string; values?: unknown[]; name?: string };

/** What takes such statements: a pool, one of its connections, or a transaction. */
export type Connection = {
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as pg has it: the caller says what its text gives
  query<Row extends QueryResultRow>(statement: Statement): Promise<{ rows: Row[] }>;
};

/** A transaction of Kysely's, whatever tables its room knows. */
export type Transaction = { executeQuery<Row>(query: CompiledQuery<Row>): Promise<{ rows: Row[] }> };

/** The connection that a transaction is on, for what another room adds to it. */
export const connectionOf = (transaction: Transaction): Connection => ({
  query: ({ text, values = [] }) => transaction.executeQuery(CompiledQuery.raw(text, values)),
});
