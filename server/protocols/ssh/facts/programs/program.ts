import type { Mark } from "../findings.ts";

/** What a word is to the program that gets it. */
export type Role =
  | "text"
  /** A file whose content, or names, it sees; `copy` takes along all that lies below. */
  | "read"
  | "list"
  | "copy"
  | "change"
  | "delete"
  | "directory"
  /** A host, a URL or `user@host:path`. */
  | "host"
  /** A text that a shell runs. */
  | "shell"
  /** A text in another language. */
  | "code"
  /** `Name=value` of a program's own configuration; hooks among them run. */
  | "setting"
  /** A file whose content runs. */
  | "script";

/** How a program stands before another one. */
export type Wrapper = {
  /** Operands of its own before the program: the duration of `timeout`. */
  skip?: number;
  /** `NAME=value` before the program. */
  assignments?: true;
  /** The rest is one text for a shell (`watch`, `ssh`), not words for a program. */
  joined?: true;
  /** Instead of a program, a text for a shell after one of these. */
  texts?: readonly string[];
  /** What it does where no program follows. */
  alone?: Mark;
};

/** How a program uses its words, after POSIX, the GNU manuals and each program's own. */
export type Program = {
  /** Options that take an argument, and what that is. */
  options?: Readonly<Record<string, Role>>;
  /** What an option adds by being there. */
  flags?: Readonly<Record<string, Mark>>;
  /** Operands in order; the last role goes for all that follow. */
  operands?: readonly Role[];
  /** The last operand, where there are several. */
  last?: Role;
  /** Options by which it goes down into directories, or acts without asking; `true` where it always does. */
  recursive?: readonly string[] | true;
  forced?: readonly string[];
  mark?: Mark;
  /** Added where no operand is given. */
  bare?: Mark;
  wrapper?: Wrapper;
  /** By the first operand. Another one may change anything. */
  subcommands?: Readonly<Record<string, Program>>;
  /** Long options with one dash: `-name`. */
  dashLong?: true;
  /** Understood by a function of its own. */
  special?: string;
  /** Its output is its input: always, or where no file is named. */
  passes?: "always" | "alone";
  /** What its output carries, for whoever runs it. */
  gives?: "download" | "decode";
};

/** `-n --lines=text -f=read`: options with an argument, plain text unless said. */
export const takes = (list: string): Record<string, Role> =>
  Object.fromEntries(
    list.split(/\s+/).map((each) => {
      const [, name = each, role = "text"] = /^(.+?)(?:=([a-z]+))?$/.exec(each) ?? [];
      return [name, isRole(role) ? role : "text"];
    }),
  );

const roles: ReadonlySet<string> = new Set<Role>([
  "text",
  "read",
  "list",
  "copy",
  "change",
  "delete",
  "directory",
  "host",
  "shell",
  "code",
  "setting",
  "script",
]);
const isRole = (text: string): text is Role => roles.has(text);

/** The same for many names. */
export const each = (names: string, program: Program): Record<string, Program> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, program]));
