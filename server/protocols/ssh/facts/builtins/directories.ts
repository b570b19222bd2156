import { silent } from "../flow.ts";
import { normalPath } from "../paths.ts";
import { plainOperand } from "../operand.ts";
import type { Builtin } from "./builtin.ts";

/** Places that are kept in mind, where it is not sure which `cd` runs. */
const maxDirectories = 8;
const maxDirectoryLength = 4096;

export const cd: Builtin = ({ args, scope }, { findings }) => {
  const { text, dynamic } =
    args.find((each) => !/^-[LPe@]+$/.test(each.text) && each.text !== "--") ?? plainOperand("~");
  const { directories } = findings;
  const moved =
    dynamic || text === "-" || directories.some((each) => each.length > maxDirectoryLength)
      ? []
      : directories.length === 0
        ? [normalPath(text)]
        : directories.map((each) => normalPath(text, each));
  findings.directories = [...new Set(scope.certain ? moved : [...moved, ...directories])].slice(
    0,
    maxDirectories,
  );
  return silent;
};
