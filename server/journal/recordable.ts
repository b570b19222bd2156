import type { Row } from "../../shared/nouns/command.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";

/** Rows that are printed as they are recorded: most are never looked at cell by cell. */
export type Rows = {
  cells(): Row[];
  /** The cells' JSON in UTF-8. It is copied at once, and may stand elsewhere afterwards. */
  json(): Uint8Array;
};

type OfRows = Extract<RecordingEvent, { type: "rows" }>;

/** An event on its way into a recording. */
export type Recordable = Exclude<RecordingEvent, OfRows> | (Omit<OfRows, "rows"> & { rows: Rows });

export const rowsOf = (cells: Row[]): Rows => ({
  cells: () => cells,
  json: () => Buffer.from(JSON.stringify(cells)),
});

/** An event's JSON: all of it, or up to its rows, which their own JSON and a brace follow. */
export function printEvent(event: Recordable): { text: string; rows?: Uint8Array } {
  if (event.type !== "rows") return { text: JSON.stringify(event) };
  const { rows, ...rest } = event;
  return { text: `${JSON.stringify(rest).slice(0, -1)},"rows":`, rows: rows.json() };
}
