import { expect } from "vitest";
import { dataRows } from "../protocols/postgres/connect/testing-rows.ts";
import type { SecondLine } from "./second-line.ts";

/** The same, held to its word: what it clears by a look at the bytes, `rows` leaves as it is. */
export function heldToItsWord(line: SecondLine): SecondLine {
  return {
    ...line,
    rows(rows) {
      const before = rows.map((row) => [...row]);
      const found = line.found();
      const isClear = line.clears(dataRows(before));
      const after = line.rows(rows);
      if (isClear) expect([after, line.found()]).toEqual([before, found]);
      return after;
    },
  };
}
