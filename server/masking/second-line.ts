import type { DataRows, Placed } from "../protocols/postgres/connect/data-rows.ts";
import type { Catalog } from "../../shared/nouns/catalog.ts";
import type { MaskedField, Parameter, TargetError } from "../../shared/nouns/command.ts";
import {
  activeDetectors,
  bulletBytes,
  findingClass,
  findsIn,
  isClear,
  maxCellLength,
  redact,
} from "./detectors/scan.ts";
import type { Detector } from "./detectors/detector.ts";
import { hiding, indexOf, type Hidden } from "./hidden.ts";
import { hiddenText } from "./mask-text.ts";
import { createPieces } from "./split-cells.ts";
import { createSpelling } from "./split-rows.ts";
import { createTexts } from "./split-texts.ts";
import { errorWithoutValues, namesIn, sentIn, withoutValues, type Sent } from "./target-error.ts";

/** A result field as the target describes it; `tableOid` 0: an expression. */
export type Field = { name: string; typeOid: number; tableOid: number; columnNumber: number };

export type SecondLineInput = {
  /** Empty for errors and notices before any result. */
  fields: readonly Field[];
  catalog: Catalog;
  hidden: Hidden;
  /** What the user sent: an error may repeat it. */
  text: string;
  parameters: readonly Parameter[];
  /** Whether the command reaches relations with hidden columns (`reachesHidden`); taken to be so where it is not said. */
  reaches?: boolean;
};

export type SecondLine = {
  /** Whether `rows` would leave them as they are: a look at their bytes, which costs a fraction. */
  clears(rows: DataRows): boolean;
  /** Masks cells in place and answers the same rows. Cells are in the target's text form. */
  rows(rows: (string | null)[][]): (string | null)[][];
  /** For notices. */
  text(text: string): string;
  error(error: TargetError): TargetError;
  /** What was masked here so far. A `rule` of `origin` means that the first line failed: an incident. */
  found(): MaskedField[];
};

/** Types whose text form holds neither words nor enough digits for a card: bool, int2, int4, oid, floats, dates, times, uuid. */
const harmless = new Set([16, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 1266, 2950]);
/** int8 and numeric: a card fits, nothing else does. */
const numbers = new Set([20, 1700]);
const shortestCard = 14;

/**
 * What stands behind the rewriting: result fields that come straight from a hidden column are redacted, and detectors
 * scan what the target says. Pure but for its own list of findings.
 */
export function createSecondLine({
  fields,
  catalog,
  hidden,
  text,
  parameters,
  reaches = true,
}: SecondLineInput): SecondLine {
  const active = activeDetectors(hidden);
  const forNumbers = active.filter(({ name }) => name === "card");
  const found = new Map<string, MaskedField>();
  const note = (field: string, className: string, rule: string) =>
    found.set(`${field}\n${className}\n${rule}`, { field, class: className, by: "detector", rule });
  const noteDetector = (field: string) => (detector: Detector) =>
    note(field, findingClass(detector, hidden), `detector:${detector.name}`);

  const index = indexOf(catalog);
  const leaks = fields.map(({ tableOid, columnNumber }) => {
    const column =
      tableOid === 0
        ? undefined
        : index.relation(tableOid)?.columns.find(({ number }) => number === columnNumber);
    return column && hiding(column, hidden)?.class.name;
  });
  const scanned = fields.map(({ typeOid }) =>
    harmless.has(typeOid) ? [] : numbers.has(typeOid) ? forNumbers : active,
  );

  const cut = { fields, active, note: (field: string, detector: Detector) => noteDetector(field)(detector) };
  const split = [createPieces(cut), createTexts(cut), createSpelling(cut)];
  const isLeaking = leaks.some((leak) => leak !== undefined);
  /** What is looked at before any cell is. */
  const glances = [
    { use: active, atLeast: 0 },
    { use: forNumbers, atLeast: shortestCard },
  ]
    .map(({ use, atLeast }) => ({
      use,
      atLeast,
      placed: scanned.map((each): Placed => (each === use ? "alone" : "left out")),
    }))
    .filter(({ use, placed }) => use.length > 0 && placed.includes("alone"));

  const scanColumn = (
    rows: (string | null)[][],
    index: number,
    use: readonly Detector[],
    field: Field,
  ): void => {
    const isNumber = numbers.has(field.typeOid);
    let joined = "";
    for (const row of rows) {
      const cell = row[index];
      if (cell === null || cell === undefined || (isNumber && cell.length < shortestCard)) continue;
      if (cell.length > maxCellLength) {
        row[index] = hiddenText;
        note(field.name, "unchecked", "too-large");
      } else joined += `${cell}\n`;
    }
    // One look at the whole column; cells are taken one by one only where it holds something.
    const hits = use.filter((detector) => findsIn(detector, joined));
    if (hits.length === 0) return;
    for (const row of rows) {
      const cell = row[index];
      if (cell !== null && cell !== undefined) row[index] = redact(cell, hits, noteDetector(field.name));
    }
  };

  let sent: Sent | undefined;
  const clean = (where: string, about: Pick<TargetError, "code" | "position">) => (message: string) => {
    sent ??= sentIn(text, parameters.filter((value) => value !== null).map(String));
    const rest =
      hidden.size === 0 ? message : withoutValues(message, namesIn(catalog), sent, { ...about, reaches });
    return redact(rest, active, noteDetector(where));
  };

  return {
    clears: (rows) =>
      !isLeaking &&
      glances.every(({ use, placed, atLeast }) =>
        isClear(use, rows.text(placed, { atLeast, instead: bulletBytes })),
      ) &&
      split.every((look) => look.clears(rows)),
    rows(rows) {
      fields.forEach((field, index) => {
        const leak = leaks[index];
        const use = scanned[index] ?? active;
        if (leak !== undefined) {
          for (const row of rows) if (row[index] !== null) row[index] = hiddenText;
          note(field.name, leak, "origin");
        } else if (use.length > 0) scanColumn(rows, index, use, field);
      });
      for (const look of split) look.rows(rows);
      return rows;
    },
    text: clean("notice", { code: "" }),
    error: (error) => errorWithoutValues(error, clean("error", error)),
    found: () => [...found.values()],
  };
}
