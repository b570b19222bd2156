import type { MaskedField } from "../../shared/nouns/command.ts";
import { activeDetectors, findingClass, redact } from "./detectors/scan.ts";
import type { Hidden } from "./hidden.ts";
import { hiddenText } from "./mask-text.ts";

/** Masks a text that comes piece by piece: what a program prints. */
export type TextStream = {
  /** What of it and of what was held back can be shown. */
  write(text: string): string;
  /** What was held back, at the end. */
  flush(): string;
  found(): MaskedField[];
};

/** A line longer than this is withheld from here on: it cannot be looked through as one. */
const maxLine = 256 * 1024;
/** How far a value may stretch over lines: a private key does. */
const maxBlock = 24 * 1024;

/** Line by line: nothing is shown before its line has ended, and a private key only whole. `field` is its name in the journal. */
export function createTextStream(field: string, hidden: Hidden): TextStream {
  const active = activeDetectors(hidden);
  const found = new Map<string, MaskedField>();
  const note = (className: string, rule: string) =>
    found.set(`${className} ${rule}`, { field, class: className, by: "detector", rule });
  let held = "";

  const mask = (text: string) =>
    redact(text, active, (detector) => note(findingClass(detector, hidden), `detector:${detector.name}`));

  return {
    write(text) {
      held += text;
      const end = releasable(held);
      if (end === 0 && held.length > maxLine) {
        held = "";
        note("unchecked", "too-large");
        return `${hiddenText}\n`;
      }
      const ready = held.slice(0, end);
      held = held.slice(end);
      return mask(ready);
    },
    flush() {
      const rest = held;
      held = "";
      return mask(rest);
    },
    found: () => [...found.values()],
  };
}

/** How much of a text is whole lines, and no open block. */
function releasable(text: string): number {
  const end = text.lastIndexOf("\n") + 1;
  const begin = text.lastIndexOf("-----BEGIN ", end);
  const isOpen = begin >= 0 && begin < end && !text.slice(begin, end).includes("-----END ");
  return isOpen && end - begin < maxBlock ? text.lastIndexOf("\n", begin) + 1 : end;
}
