import type { Operand } from "./operand.ts";
import type { Role } from "./programs/program.ts";

/** A program's words told apart, after POSIX's and GNU's conventions. */
export type Arguments = {
  /** `-r`, `--recursive`; a long one that takes no argument may be abbreviated. */
  flags: ReadonlySet<string>;
  /** Options with an argument, by their full names, and long ones with `=`. */
  values: readonly { option: string; value: Operand }[];
  operands: readonly Operand[];
};

type Style = {
  /** Options end at the first operand: wrappers, programs with subcommands. */
  stop?: boolean;
  /** Long options with one dash. */
  dashLong?: boolean;
};

export function parseArguments(
  args: readonly Operand[],
  takes: Readonly<Record<string, Role>> = {},
  { stop = false, dashLong = false }: Style = {},
): Arguments {
  const flags = new Set<string>();
  const values: { option: string; value: Operand }[] = [];
  const operands: Operand[] = [];
  let at = 0;
  const valued = (option: string, rest: Operand | undefined): void => {
    const value = rest ?? args[++at];
    if (value !== undefined) values.push({ option, value });
  };
  for (; at < args.length; at += 1) {
    const word = args[at];
    if (word === undefined) break;
    const { text } = word;
    if (text === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!text.startsWith("-") || text === "-") {
      if (stop) {
        operands.push(...args.slice(at));
        break;
      }
      operands.push(word);
      continue;
    }
    if (text.startsWith("--") || dashLong) {
      const equals = text.indexOf("=");
      const written = equals < 0 ? text : text.slice(0, equals);
      const option = optionNamed(written, Object.keys(takes)) ?? written;
      flags.add(option);
      if (equals >= 0) values.push({ option, value: { ...word, text: text.slice(equals + 1) } });
      else if (option in takes) valued(option, undefined);
      continue;
    }
    for (let index = 1; index < text.length; index += 1) {
      const option = `-${text[index] ?? ""}`;
      flags.add(option);
      if (!(option in takes)) continue;
      const rest = text.slice(index + 1);
      valued(option, rest === "" ? undefined : { ...word, text: rest });
      break;
    }
  }
  return { flags, values, operands };
}

/** GNU takes any unambiguous beginning of a long option. */
const abbreviates = (option: string, full: string): boolean =>
  option === full || (option.startsWith("--") && option.length > 2 && full.startsWith(option));

/** The full name that an option as written stands for, among those given. */
export const optionNamed = (option: string, names: readonly string[]): string | undefined =>
  names.find((full) => full === option) ?? names.find((full) => abbreviates(option, full));

export const hasFlag = ({ flags }: Arguments, ...names: readonly string[]): boolean =>
  [...flags].some((flag) => names.some((name) => abbreviates(flag, name)));

export const valuesOf = ({ values }: Arguments, ...names: readonly string[]): Operand[] =>
  values.filter(({ option }) => names.includes(option)).map(({ value }) => value);
