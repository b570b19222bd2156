import type { MaskedField, ResultColumn, TargetError } from "../../shared/nouns/command.ts";
import { rowsOf, type Recordable } from "../journal/recordable.ts";
import { classesOf, hiding, indexOf, reachesHidden } from "../masking/hidden.ts";
import { createSecondLine } from "../masking/second-line.ts";
import type { Chunk, Field } from "../protocols/postgres/connect/chunk.ts";
import type { Asked } from "./asked.ts";
import { createNoticeBound } from "./notice-bound.ts";
import type { SqlUnderstanding } from "./understand.ts";

type Released = Extract<Recordable, { type: "columns" | "rows" | "notice" | "statement" }>;
/** A recording event of a command's answer, before it is stamped with its command and time. */
export type ReleasedEvent = Released extends infer E
  ? E extends unknown
    ? Omit<E, "at" | "command">
    : never
  : never;

/** Lets chunks out: second line, badges, and the list of what was masked. */
export type Release = {
  /** Undefined where nothing of it is shown. */
  event(chunk: Chunk): ReleasedEvent | undefined;
  error(error: TargetError): TargetError;
  masked(): MaskedField[];
};

export function createRelease({ understanding }: Asked<SqlUnderstanding>): Release {
  const { input, catalog, hidden, meaning, rewritten } = understanding;
  const reaches = reachesHidden(meaning.statements, catalog, hidden);
  const index = indexOf(catalog);
  const masked = new Map<string, MaskedField>();
  const lineFor = (fields: readonly Field[]) =>
    createSecondLine({ fields, catalog, hidden, text: input.sql, parameters: input.parameters, reaches });
  const lines = [lineFor([])];
  let line = lines[0] ?? lineFor([]);
  const bounded = createNoticeBound();

  const columnOf = (statement: number, field: Field): ResultColumn => {
    const { name, typeName: type } = field;
    const origin = rewritten?.fields[statement]?.find((one) => one.field === name);
    if (origin !== undefined) {
      for (const dataClass of origin.classes) {
        const mask = hidden.get(dataClass)?.mask.kind ?? "redact";
        // What is computed from a document may come from its open parts.
        const rule = origin.derived && mask !== "json" ? "redact" : mask;
        masked.set(`${name} ${dataClass}`, { field: name, class: dataClass, by: "source", rule });
      }
      return { name, type, class: origin.classes[0], masked: true };
    }
    const column = index
      .relation(field.tableOid)
      ?.columns.find(({ number }) => number === field.columnNumber);
    const [shown] = column ? classesOf(column) : [];
    // In clear for this viewer: the badge says so.
    return shown !== undefined && column && hiding(column, hidden) === undefined
      ? { name, type, class: shown }
      : { name, type };
  };

  return {
    event(chunk) {
      switch (chunk.type) {
        case "columns":
          line = lineFor(chunk.fields);
          lines.push(line);
          return {
            type: "columns",
            statement: chunk.statement,
            columns: chunk.fields.map((field) => columnOf(chunk.statement, field)),
          };
        case "rows": {
          const { type, statement, rows } = chunk;
          return { type, statement, rows: line.clears(rows) ? rows : rowsOf(line.rows(rows.cells())) };
        }
        case "notice": {
          const notice = bounded({ ...chunk.notice, message: line.text(chunk.notice.message) });
          return notice && { type: "notice", notice };
        }
        case "statement":
          return chunk;
      }
    },
    error(error) {
      const masked = line.error(error);
      // The target counts in the text that ran; people look for it in the one that they wrote.
      return masked.position === undefined || rewritten === undefined
        ? masked
        : { ...masked, position: rewritten.positionInOriginal(masked.position) };
    },
    masked: () => [...masked.values(), ...lines.flatMap((one) => one.found())],
  };
}
