import type { ParsedScript, Word, WordPart } from "unbash";
import { forEachChild, type SyntaxNode } from "unbash";
import { expandBraces } from "./braces.ts";
import type { Span } from "./meaning.ts";

/** A word as the shell will see it, as far as the text tells. */
export type Operand = {
  /** Quoting resolved; expansions as written. */
  text: string;
  /** Holds an expansion whose value is not known. */
  dynamic: boolean;
  /** Holds an unquoted pattern. */
  glob: boolean;
  /** Not one quote or escape: an alias may stand for it. */
  plain: boolean;
  span: Span | undefined;
  /** Substitutions in it. */
  scripts: readonly ParsedScript[];
};

/** What is known of variables: the value that a name has here, if it is known, and the positional parameters. */
export type Known = {
  variables: ReadonlyMap<string, readonly Operand[]>;
  positional: readonly Operand[] | undefined;
};

/** Alternatives of one word above this are taken for unknown. */
const maxAlternatives = 128;

/** Variables that the host sets for everybody: as good as a name, and still shown as written. */
const familiar =
  /^(HOME|PWD|OLDPWD|USER|LOGNAME|HOSTNAME|UID|EUID|SHELL|TMPDIR|RANDOM|SECONDS|EPOCHSECONDS|LINENO|PPID|[?#$!]|0)$/;

type Piece = Pick<Operand, "text" | "dynamic" | "glob">;

const literal = (text: string): Piece => ({ text, dynamic: false, glob: false });

export const plainOperand = (text: string): Operand => ({
  ...literal(text),
  plain: false,
  span: undefined,
  scripts: [],
});

export const unknownOperand = (text: string): Operand => ({ ...plainOperand(text), dynamic: true });

/** All words that one word of the text stands for: braces, known variables and `$@` give several. */
export function operandsOf(word: Word, known: Known): Operand[] {
  const common = {
    plain: word.parts === undefined && word.text === word.value,
    span: { start: word.pos, end: word.end },
    scripts: substitutionsIn(word),
  };
  if (word.parts === undefined) return [{ ...literal(word.value), ...common }];
  let found: Piece[] = [literal("")];
  for (const part of word.parts) {
    const next = piecesOf(part, known, false);
    if (found.length * next.length > maxAlternatives)
      return [{ text: word.value, dynamic: true, glob: false, ...common }];
    found = found.flatMap((before) => next.map((after) => joined(before, after)));
  }
  return found.map((piece) => ({ ...piece, ...common }));
}

const joined = (a: Piece, b: Piece): Piece => ({
  text: a.text + b.text,
  dynamic: a.dynamic || b.dynamic,
  glob: a.glob || b.glob,
});

function piecesOf(part: WordPart, known: Known, quoted: boolean): Piece[] {
  switch (part.type) {
    case "Literal":
      return [literal(part.value)];
    case "SingleQuoted":
    case "AnsiCQuoted":
      return [literal(part.value)];
    case "DoubleQuoted":
    case "LocaleString":
      return part.parts.reduce<Piece[]>(
        (found, child) => found.flatMap((a) => piecesOf(child, known, true).map((b) => joined(a, b))),
        [literal("")],
      );
    case "SimpleExpansion":
      return variable(part.text, part.text.slice(1), known, quoted);
    case "ParameterExpansion":
      return part.prefix === undefined && part.index === undefined && part.operation === undefined
        ? variable(part.text, part.parameter, known, quoted)
        : [{ text: part.text, dynamic: true, glob: false }];
    case "CommandExpansion":
      return [{ text: part.text, dynamic: true, glob: false }];
    case "ArithmeticExpansion":
      // A number whatever it is: nothing that a path or an option could hide in.
      return [literal(part.text)];
    case "ProcessSubstitution":
      return [literal(part.text)];
    case "Glob":
    case "ExtendedGlob":
      return [{ text: part.text, dynamic: part.text.includes("$"), glob: true }];
    case "BraceExpansion": {
      const words = expandBraces(part.text);
      return words === undefined ? [{ text: part.text, dynamic: true, glob: false }] : words.map(literal);
    }
  }
}

function variable(written: string, name: string, known: Known, quoted: boolean): Piece[] {
  const { positional } = known;
  if (positional !== undefined && /^[1-9]\d*$/.test(name)) {
    const value = positional[Number(name) - 1];
    return value === undefined ? [literal("")] : [narrowed(value, quoted)];
  }
  if (positional !== undefined && /^[@*]$/.test(name))
    return positional.length === 0
      ? [literal("")]
      : positional.slice(0, maxAlternatives).map((each) => narrowed(each, quoted));
  const values = known.variables.get(name);
  if (values !== undefined && values.length > 0) return values.map((each) => narrowed(each, quoted));
  return [{ text: written, dynamic: values !== undefined || !familiar.test(name), glob: false }];
}

/** Unquoted, a value with blanks falls into several words. */
const narrowed = (value: Piece, quoted: boolean): Piece => ({
  text: value.text,
  dynamic: value.dynamic || (!quoted && /\s/.test(value.text)),
  glob: value.glob || (!quoted && /[*?[]/.test(value.text)),
});

/** Command and process substitutions directly within a node. */
export function substitutionsIn(node: SyntaxNode): ParsedScript[] {
  const found: ParsedScript[] = [];
  const visit = (child: SyntaxNode): void => {
    if (child.type === "Script") found.push(child);
    else forEachChild(child, visit);
  };
  forEachChild(node, visit);
  return found;
}
