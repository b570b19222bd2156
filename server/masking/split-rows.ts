import { ibanLength, isCardNumber, isIban } from "./detectors/checksums.ts";
import type { Detector } from "./detectors/detector.ts";
import { findsIn } from "./detectors/scan.ts";
import { hiddenText } from "./mask-text.ts";
import { columnOf, isCut, nothingSplit, type Row, type SplitInput, type SplitLook } from "./split-fields.ts";

/** Characters of a cell that spells a value with others below it; longer ones are values themselves. */
const longestPiece = 4;
/** Cells that are looked at to see whether a column spells. */
const sampled = 16;
/** Values one behind the other that are no chance, wherever the column goes on. */
const valuesToBeSure = 3;
const cardLengths = [16, 15, 14, 19];
const longestValue = 34;
/** What may be open of a value, from the column's last piece of rows: an address has 320 characters. */
const maxOpen = 320;

/**
 * Finds values that a computed column spells downwards, a few characters in each row, as `regexp_split_to_table` does:
 * addresses anywhere; cards and IBANs from where the spelling begins, where they fill it or several follow each other.
 * A column that spells is hidden from there on, and all of it that is at hand. It knows nothing of rows to come.
 */
export function createSpelling({ fields, active, note }: SplitInput): SplitLook {
  const find = (name: string) => active.find((detector) => detector.name === name);
  const known = { card: find("card"), iban: find("iban"), email: find("email") };
  const columns = fields.flatMap((field, column) =>
    isCut(field) ? [{ column, name: field.name, state: newState() }] : [],
  );
  if (columns.length === 0 || !Object.values(known).some((detector) => detector !== undefined))
    return nothingSplit;

  return {
    clears: (rows) =>
      columns.every(({ column, state }) => state.spells === undefined && !spells(rows.column(column))),
    rows(rows) {
      for (const { column, name, state } of columns) {
        state.spells ??= spells(columnOf(rows, column)) ? spelled(rows, column, state, known) : undefined;
        if (state.spells === undefined) continue;
        note(name, state.spells);
        for (const row of rows) if (row[column] !== null) row[column] = hiddenText;
      }
    },
  };
}

type Known = Readonly<Record<"card" | "iban" | "email", Detector | undefined>>;
type State = {
  /** What the column was found to spell. */
  spells: Detector | undefined;
  /** What was spelled since the last value. */
  open: string;
  /** Values one behind the other since the spelling began; -1 where it began with something else. */
  values: number;
};
const newState = (): State => ({ spells: undefined, open: "", values: 0 });

function spells(column: Iterable<string | null>): boolean {
  let seen = 0;
  let pieces = 0;
  for (const cell of column) {
    if (cell === null) continue;
    if (cell.length <= longestPiece) pieces++;
    if (++seen === sampled) break;
  }
  return pieces > seen / 2;
}

const isPiece = (cell: string | null | undefined): cell is string =>
  cell !== null &&
  cell !== undefined &&
  cell.length > 0 &&
  cell.length <= longestPiece &&
  /^[\w@.+ -]+$/.test(cell);

function spelled(rows: readonly Row[], column: number, state: State, known: Known): Detector | undefined {
  const lines = [state.open];
  for (const row of rows) {
    const cell = row[column];
    if (isPiece(cell)) lines.push((lines.pop() ?? "") + cell);
    else lines.push("");
  }
  let found: Detector | undefined;
  let before = state.values;
  for (const line of lines) {
    const { detector, values, rest } = readNumbers(line, before, known);
    found ??= known.email !== undefined && findsIn(known.email, line) ? known.email : detector;
    [state.open, state.values, before] = [rest.slice(-maxOpen), values, 0];
  }
  return found;
}

/** Takes whole values from the front; whether more rows follow is not known, so it is read as if there were none. */
function readNumbers(
  line: string,
  before: number,
  known: Known,
): { detector: Detector | undefined; values: number; rest: string } {
  if (before < 0) return { detector: undefined, values: before, rest: line };
  let rest = line.replace(/[ -]/g, "");
  let values = before;
  let last: Detector | undefined;
  for (let found = valueAt(rest, known); found !== undefined; found = valueAt(rest, known)) {
    rest = rest.slice(found.length);
    last = found.detector;
    values++;
  }
  const isSure = values >= valuesToBeSure || (values > 0 && rest === "");
  return { detector: isSure ? last : undefined, values: rest.length < longestValue ? values : -1, rest };
}

function valueAt(text: string, { card, iban }: Known): { length: number; detector: Detector } | undefined {
  const country = iban && ibanLength(text.slice(0, 2));
  if (iban !== undefined && country !== undefined && isIban(text.slice(0, country)))
    return { length: country, detector: iban };
  const length = card && cardLengths.find((each) => each <= text.length && isCardNumber(text.slice(0, each)));
  return card === undefined || length === undefined ? undefined : { length, detector: card };
}
