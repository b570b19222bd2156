import { ibanLength, isCardNumber, isIban } from "./detectors/checksums.ts";
import type { Detector } from "./detectors/detector.ts";
import { hiddenText } from "./mask-text.ts";
import { columnOf, isComputed, isText, nothingSplit } from "./split-fields.ts";
import type { Row, SplitField, SplitInput, SplitLook } from "./split-fields.ts";

/** Adjacent columns whose cells were read as one value: how often they could be one, and how often they were. */
type Group = { from: number; to: number; tested: number; valid: number };
type Hit = { row: Row; from: number; to: number };

/** Columns of a result that are looked at, from the left: the work for a row is bounded by it. */
const maxColumns = 64;
/** Cells that are looked at to see whether a column holds pieces at all. */
const sampled = 32;
/** Stored columns stand side by side for many reasons: so many rows must agree that they hold one value. */
const rowsToBeSure = 5;
const longestCard = 19;
const longestIban = 34;

const digitPiece = /^[ -]?\d[\d -]{0,18}$/;
const ibanPiece = /^[ -]?[A-Za-z0-9][A-Za-z0-9 -]{0,33}$/;
const ibanStart = /^[A-Za-z]{2}\d\d|^[A-Za-z]{1,2}\d?$/;
/** How the digits of a card are printed. */
const printed = new Set(["4,4,4,4", "4,6,5", "4,6,4"]);

/**
 * Finds cards and IBANs that are cut over cells of a row side by side, each cell a piece and nothing else. One in some
 * hundred pairs of long numbers passes a card's checksum by chance, so it takes more than that: that most rows pass, and
 * that the columns are computed, or printed in a card's groups, or that enough rows were seen.
 */
export function createPieces({ fields, active, note }: SplitInput): SplitLook {
  const card = active.find(({ name }) => name === "card");
  const iban = active.find(({ name }) => name === "iban");
  const groups = new Map<string, Group>();
  const width = Math.min(fields.length, maxColumns);
  const isWide = fields.slice(0, width).some((field, i) => isText(field) && isText(fields[i + 1]));
  if (!isWide || (card === undefined && iban === undefined)) return nothingSplit;

  const kinds = [
    ...(card === undefined ? [] : [{ kind: cardKind, detector: card }]),
    ...(iban === undefined ? [] : [{ kind: ibanKind, detector: iban }]),
  ];
  const candidates = (column: Column, { piece }: Kind): boolean[] =>
    Array.from({ length: width }, (_, i) => isText(fields[i]) && holds(column(i), piece));

  const read = (rows: readonly Row[], kind: Kind, detector: Detector): void => {
    const column = (i: number) => columnOf(rows, i);
    const columns = candidates(column, kind);
    const starts = kind.start;
    const hits: Hit[] = [];
    for (let from = 0; from + 1 < width; from++) {
      if (!columns[from] || !columns[from + 1]) continue;
      if (starts !== undefined && !holds(column(from), starts)) continue;
      for (const row of rows) readRow(row, from, columns, kind, hits, groups);
    }
    for (const { row, from, to } of hits) {
      const group = groups.get(keyOf(kind, from, to));
      if (group === undefined || !isBelieved(group, fields, row)) continue;
      for (let i = from; i <= to; i++) {
        row[i] = hiddenText;
        note(fields[i]?.name ?? "", detector);
      }
    }
  };
  return {
    clears: (rows) =>
      kinds.every(({ kind }) => {
        const columns = candidates((i) => rows.column(i), kind);
        return !columns.some((isPiece, i) => isPiece && columns[i + 1]);
      }),
    rows(rows) {
      for (const { kind, detector } of kinds) read(rows, kind, detector);
    },
  };
}

type Column = (index: number) => Iterable<string | null>;

type Kind = {
  name: string;
  piece: RegExp;
  start?: RegExp;
  longest: number;
  /** Whether a joined text cannot become one by what follows. */
  isNone(joined: string): boolean;
  isValue(joined: string): boolean;
};
const cardKind: Kind = {
  name: "card",
  piece: digitPiece,
  longest: longestCard,
  isNone: () => false,
  isValue: (joined) => joined.length > 13 && isCardNumber(joined),
};
const ibanKind: Kind = {
  name: "iban",
  piece: ibanPiece,
  start: ibanStart,
  longest: longestIban,
  isNone: (joined) =>
    joined.length > 3 && (!/^[A-Za-z]{2}\d\d/.test(joined) || ibanLength(joined.slice(0, 2)) === undefined),
  isValue: (joined) => joined.length > 14 && isIban(joined),
};

const keyOf = ({ name }: Kind, from: number, to: number): string => `${name} ${from} ${to}`;

function readRow(
  row: Row,
  from: number,
  columns: readonly boolean[],
  kind: Kind,
  hits: Hit[],
  groups: Map<string, Group>,
): void {
  let joined = "";
  for (let to = from; to < columns.length && columns[to]; to++) {
    const cell = row[to];
    if (cell === null || cell === undefined || !kind.piece.test(cell)) return;
    joined += cell.replace(/[ -]/g, "");
    if (kind.isNone(joined)) return;
    if (to === from) continue;
    const key = keyOf(kind, from, to);
    const group = groups.get(key) ?? { from, to, tested: 0, valid: 0 };
    groups.set(key, group);
    group.tested++;
    if (joined.length > kind.longest) return;
    if (!kind.isValue(joined)) continue;
    group.valid++;
    hits.push({ row, from, to });
    return;
  }
}

function isBelieved({ from, to, tested, valid }: Group, fields: readonly SplitField[], row: Row): boolean {
  if (valid <= tested / 2) return false;
  if (tested >= rowsToBeSure) return true;
  const cells = row.slice(from, to + 1);
  return (
    fields.slice(from, to + 1).every(isComputed) || printed.has(cells.map((cell) => cell?.length).join())
  );
}

/** Whether most of a column's first cells are such pieces. */
function holds(column: Iterable<string | null>, piece: RegExp): boolean {
  let seen = 0;
  let pieces = 0;
  for (const cell of column) {
    if (cell === null) continue;
    if (piece.test(cell)) pieces++;
    if (++seen === sampled) break;
  }
  return pieces > 0 && pieces >= seen / 2;
}
