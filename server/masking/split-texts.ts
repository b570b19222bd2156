import type { Placed } from "../protocols/postgres/connect/data-rows.ts";
import type { Detector, Found } from "./detectors/detector.ts";
import { bulletBytes, findsIn, isClear } from "./detectors/scan.ts";
import { hiddenText } from "./mask-text.ts";
import { isCut, nothingSplit, type Row, type SplitInput, type SplitLook } from "./split-fields.ts";

/** Adjacent computed text columns: the first, and the one behind the last. */
type Run = { from: number; to: number };

/** Of a longer cell only both ends are looked at, where a value can go over into the next. */
const endLength = 80;
const maxColumns = 64;
/** Characters of a cell that spells an address with those beside it. */
const longestPiece = 4;
/** Detectors whose finds are not chance where a value runs over the border of two cells. */
const telling = new Set(["card", "iban", "email"]);

/**
 * Finds what a cut through a text parts: `... 4111 1111 1` beside `111 1111 ...`. Only between computed columns, and of
 * cards those that are printed in groups: two numbers that meet at a border pass the checksum too often.
 */
export function createTexts({ fields, active, note }: SplitInput): SplitLook {
  const detectors = active.filter(({ name }) => telling.has(name));
  const runs = runsOf(fields.slice(0, maxColumns).map(isCut));
  if (detectors.length === 0 || runs.length === 0) return nothingSplit;
  const placed = fields.map((_, i): Placed => {
    const run = runs.find(({ from, to }) => from <= i && i < to);
    if (run === undefined) return "left out";
    return i === run.to - 1 ? "alone" : "joined";
  });

  const look = (rows: readonly Row[]): void => {
    for (const run of runs) {
      const all = rows.map((row) => joinedCells(row, run)).join("\n");
      // One look at all rows; they are taken one by one only where there is something.
      const hits = detectors.filter((detector) => findsIn(detector, all));
      if (hits.length === 0) continue;
      for (const row of rows) {
        const line = piecesOf(row, run);
        for (const detector of hits)
          for (const found of detector.find(line.text)) {
            const cells = line.cells.filter(({ start, end }) => start < found.end && end > found.start);
            if (cells.length < 2 || !isMeant(detector, line.text, found, cells)) continue;
            for (const { column } of cells) {
              row[column] = hiddenText;
              note(fields[column]?.name ?? "", detector);
            }
          }
      }
    }
  };
  return { clears: (rows) => isClear(detectors, rows.text(placed, { instead: bulletBytes })), rows: look };
}

function runsOf(cuts: readonly boolean[]): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < cuts.length; from++) {
    let to = from;
    while (cuts[to]) to++;
    if (to - from > 1) runs.push({ from, to });
    from = to;
  }
  return runs;
}

type Piece = Found & { column: number };

/** What of a row's cells is looked at, as one text. A line break parts the ends of a long cell. */
function joinedCells(row: Row, { from, to }: Run): string {
  let text = "";
  for (let column = from; column < to; column++) text += endsOf(row[column]);
  return text;
}

const endsOf = (cell: string | null | undefined): string => {
  if (cell === null || cell === undefined) return "\n";
  return cell.length <= 2 * endLength ? cell : `${cell.slice(0, endLength)}\n${cell.slice(-endLength)}`;
};

/** The same text, with where in it each cell lies. */
function piecesOf(row: Row, run: Run): { text: string; cells: Piece[] } {
  const cells: Piece[] = [];
  let start = 0;
  for (let column = run.from; column < run.to; column++) {
    const end = start + endsOf(row[column]).length;
    cells.push({ start, end, column });
    start = end;
  }
  return { text: joinedCells(row, run), cells };
}

function isMeant({ name }: Detector, text: string, { start, end }: Found, cells: readonly Piece[]): boolean {
  const found = text.slice(start, end);
  if (name === "card") return /[ -]/.test(found);
  if (name !== "email") return true;
  // `Ann` beside `@ann.example` is a name and a handle: the name before the @ stands with it, or all is in small pieces.
  const at = start + found.indexOf("@");
  const holder = cells.find((cell) => cell.start <= at && at < cell.end);
  const isSpelled = cells.every((cell) => cell.end - cell.start <= longestPiece);
  return isSpelled || (holder !== undefined && holder.start < at);
}
