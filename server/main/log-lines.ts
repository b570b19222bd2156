import type { DestinationStream } from "pino";

/** What JSON leaves as it is and a terminal obeys or hides: C1 controls, format and bidirectional characters, fillers. */
const unseen = /[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const escaped = (character: string): string =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/** Passes lines of JSON on with such characters as JSON's own escapes: the same values, all of them seen. */
export const logLines = (out: DestinationStream): DestinationStream => ({
  write: (line) => out.write(line.replaceAll(unseen, escaped)),
});
