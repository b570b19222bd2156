import type { DataRows } from "../protocols/postgres/connect/data-rows.ts";
import type { Detector } from "./detectors/detector.ts";

/** A result field, as far as it matters for what is cut over several. */
export type SplitField = { name: string; typeOid: number; tableOid: number };

export type SplitInput = {
  fields: readonly SplitField[];
  active: readonly Detector[];
  note: (field: string, detector: Detector) => void;
};

/** text, varchar, char(n), "char" and name: what the functions give that cut texts. Numbers are read as they are. */
const texts = new Set([25, 1043, 1042, 18, 19]);

export const isText = (field: SplitField | undefined): boolean =>
  field !== undefined && texts.has(field.typeOid);
/** Not a column as it is stored: something made it. */
export const isComputed = ({ tableOid }: SplitField): boolean => tableOid === 0;
export const isCut = (field: SplitField | undefined): boolean =>
  field !== undefined && isText(field) && isComputed(field);

export type Row = (string | null)[];
/** Looks for values that are cut over several cells. */
export type SplitLook = {
  /** Whether `rows` would leave them as they are. */
  clears(rows: DataRows): boolean;
  /** Hides in place what it finds. */
  rows(rows: readonly Row[]): void;
};
/** For what is not cut. */
export const nothingSplit: SplitLook = { clears: () => true, rows: () => undefined };

export function* columnOf(rows: readonly Row[], index: number): Generator<string | null, void> {
  for (const row of rows) yield row[index] ?? null;
}
