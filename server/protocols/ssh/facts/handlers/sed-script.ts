/** What a sed script does beside editing. */
export type SedDeed = { kind: "run" | "write" | "read"; text: string } | { kind: "run-input" };

/**
 * Reads a script as GNU sed does (sed 4.9, `compile_program`). Undefined for what it cannot follow. Older ones end a
 * pattern at a delimiter in a class, `[/]`, newer ones do not: whatever either would do counts.
 */
export function sedDeeds(script: string): SedDeed[] | undefined {
  const readings = [read(script, true), read(script, false)].filter((each) => each !== undefined);
  return readings.length === 0 ? undefined : readings.flat();
}

function read(script: string, knowsClasses: boolean): SedDeed[] | undefined {
  const deeds: SedDeed[] = [];
  let at = 0;
  const skip = (what: RegExp): string => {
    what.lastIndex = at;
    const found = what.exec(script)?.[0] ?? "";
    at += found.length;
    return found;
  };
  /** All to the line's end: file names and texts know no `;`. */
  const restOfLine = (): string => skip(/[^\n]*/y).trim();
  /** Up to the next delimiter; false where there is none. */
  const delimited = (delimiter: string, isPattern: boolean): boolean => {
    for (; at < script.length; at += 1) {
      if (isPattern && knowsClasses) skip(/(?:\[\^?\]?[^\]\n]*\])+/y);
      const character = script.charAt(at);
      if (character === "\\") at += 1;
      else if (character === delimiter) {
        at += 1;
        return true;
      }
    }
    return false;
  };
  const address = (): boolean => {
    if (skip(/(?:\d+|\$)(?:~\d+)?|[+~]\d+/y) !== "") return true;
    const delimiter = skip(/\//y) || skip(/\\[^\n]/y).slice(1);
    if (delimiter === "") return true;
    if (!delimited(delimiter, true)) return false;
    skip(/[IM]*/y);
    return true;
  };
  const substitution = (): boolean => {
    const delimiter = script.charAt(at);
    at += 1;
    if (
      delimiter === "" ||
      /[\n\\]/.test(delimiter) ||
      !delimited(delimiter, true) ||
      !delimited(delimiter, false)
    )
      return false;
    const flags = skip(/[0-9gpiImMe]*/y);
    if (flags.includes("e")) deeds.push({ kind: "run-input" });
    if (skip(/w/y) !== "") deeds.push({ kind: "write", text: restOfLine() });
    return true;
  };
  const command = (letter: string): boolean => {
    switch (letter) {
      case "s":
        return substitution();
      case "y": {
        const delimiter = script.charAt(at);
        at += 1;
        return (
          delimiter !== "" &&
          !/[\n\\]/.test(delimiter) &&
          delimited(delimiter, false) &&
          delimited(delimiter, false)
        );
      }
      case "e": {
        const text = restOfLine();
        deeds.push(text === "" ? { kind: "run-input" } : { kind: "run", text });
        return true;
      }
      case "w":
      case "W":
        deeds.push({ kind: "write", text: restOfLine() });
        return true;
      case "r":
      case "R":
        deeds.push({ kind: "read", text: restOfLine() });
        return true;
      case "a":
      case "i":
      case "c":
        // A text goes on over lines that end in a backslash.
        skip(/(?:\\\n|\\[\s\S]|[^\n\\])*/y);
        return true;
      case ":":
      case "b":
      case "t":
      case "T":
        skip(/[^\n;}]*/y);
        return true;
      case "q":
      case "Q":
      case "l":
      case "L":
        skip(/[ \t]*\d*/y);
        return true;
      case "v":
        skip(/[^\n;]*/y);
        return true;
      default:
        return /[{}=dDFgGhHnNpPxz]/.test(letter);
    }
  };
  for (;;) {
    skip(/(?:[\s;]|#[^\n]*)*/y);
    if (at >= script.length) return deeds;
    if (!address()) return undefined;
    skip(/[ \t]*/y);
    if (skip(/,[ \t]*/y) !== "" && !address()) return undefined;
    skip(/[ \t!]*/y);
    const letter = script.charAt(at);
    at += 1;
    if (letter === "" || !command(letter)) return undefined;
  }
}
