import type { Notice, Parameter, TargetError } from "../../../../shared/nouns/command.ts";
import type { Span } from "../facts/meaning.ts";
import type { OutsideTransaction } from "../facts/outside-transaction.ts";
import type { DataRows } from "./data-rows.ts";

/** What runs: the final bytes with their statements, as the permit covers them. */
export type Executable = {
  /** UTF-8 text; the spans of `statements` count its bytes. */
  sql: string;
  statements: ExecutableStatement[];
  /** For a single statement only. */
  parameters: readonly Parameter[];
  /** Rows that may be returned per statement; 0: none. */
  maxRows: number;
  /** For the whole command, in milliseconds. */
  timeoutMs: number;
  /** Rows that the whole command may touch before it rolls back; null: no bound. */
  maxAffectedRows: number | null;
  /** Opens a read-write transaction. */
  writes: boolean;
  /** Hex SHA-256 that the permit is bound to. */
  sha256: string;
};

export type ExecutableStatement = {
  span: Span;
  returnsRows: boolean;
  writes: boolean;
  /**
   * True where something other than the statement's own top level may change rows (a CTE, a function, DO): its
   * command tag does not count them, so that the bound is held against the server's own statistics.
   */
  hiddenWrites?: boolean;
  /** Where it runs outside a transaction, as its command's only statement: no bound of rows holds for it. */
  outside?: OutsideTransaction | undefined;
};

/** A result field. `tableOid` and `columnNumber` are 0 where the field is not a plain column. */
export type Field = {
  name: string;
  typeName: string;
  typeOid: number;
  tableOid: number;
  columnNumber: number;
};

/** A piece of a command's response, in the order of the target. Values are in PostgreSQL's text form. */
export type Chunk =
  | { type: "columns"; statement: number; fields: Field[] }
  | { type: "rows"; statement: number; rows: DataRows }
  | { type: "notice"; notice: Notice }
  | { type: "statement"; statement: number; tag: string; rowCount: number; truncated: boolean };

/** The target's own error, raw: whoever shows it must mask it first. `position` counts characters of the command. */
export class TargetFailure extends Error {
  readonly error: TargetError;
  constructor(error: TargetError) {
    super(`The target answered with SQLSTATE ${error.code}.`);
    this.name = "TargetFailure";
    this.error = error;
  }
}
