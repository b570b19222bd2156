import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";
import { TargetName } from "../../shared/ids.ts";
import { ClassMap, ClassPattern, DataClass } from "../../shared/nouns/catalog.ts";
import {
  PostgresAddress,
  PostgresTargetInput,
  SshJump,
  SshTargetInput,
  TargetInput,
} from "../../shared/nouns/target.ts";

/** What the declarative file says, with secrets and policies read in. A part that it leaves out is undefined. */
export type Declaration = {
  classes?: DataClass[];
  patterns?: ClassPattern[];
  targets: { input: TargetInput; name: TargetName; classes?: ClassMap | undefined }[];
  policies?: string;
};

/** Where the file's references lead. */
export type Given = {
  /** Values of `${NAME}` anywhere in the file, and of `{env: NAME}`. */
  variables: Readonly<Record<string, string | undefined>>;
  /** The text of a file; relative paths start at the declaration's folder. */
  readText: (path: string) => string;
};

export type DeclarationProblem = { line: number; path: string; message: string };

const Secret = z.union([
  z.string().min(1),
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);
type Secret = z.infer<typeof Secret>;

/** The fields of a target, and of a host on the way to it, that are secrets. */
type SecretField = "password" | "privateKey" | "passphrase";
const Port = (port: number) => z.coerce.number().pipe(PostgresAddress.shape.port).default(port);
const proofs = {
  password: Secret.optional(),
  privateKey: Secret.optional(),
  passphrase: Secret.optional(),
};
const DeclaredTarget = z.discriminatedUnion("kind", [
  PostgresTargetInput.extend({
    name: TargetName,
    port: Port(5432),
    password: Secret.optional(),
    classes: ClassMap.optional(),
  }),
  SshTargetInput.extend({
    name: TargetName,
    port: Port(22),
    ...proofs,
    jumps: z
      .array(z.strictObject({ ...SshJump.shape, port: Port(22), ...proofs }))
      .max(3)
      .default([]),
  }),
]);

const File = z.strictObject({
  version: z.literal(1),
  classes: z.array(DataClass).optional(),
  patterns: z.array(ClassPattern).optional(),
  targets: z
    .array(DeclaredTarget)
    .default([])
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, "a name stands twice"),
  policies: z.union([z.string(), z.strictObject({ file: z.string() })]).optional(),
});

/**
 * Reads a declaration in YAML. Throws `invalid` with all problems, each with its line and path; messages name
 * variables and files, never values.
 */
export function parseDeclaration(text: string, given: Given): Declaration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: DeclarationProblem[] = document.errors.map(({ message, linePos }) => ({
    line: linePos?.[0].line ?? 0,
    path: "",
    message: message.split("\n")[0] ?? "",
  }));
  const report = (path: PropertyKey[], message: string) =>
    void problems.push({ line: lineAt(document, lines, path), path: path.join("."), message });
  /** A reference's value; one that leads nowhere is a problem at its place. */
  const follow = (path: PropertyKey[], name: string, value: () => string | undefined): string => {
    try {
      const found = value();
      if (found !== undefined && found !== "") return found;
      report(path, `${name} is not set`);
    } catch {
      report(path, `${name} cannot be read`);
    }
    return "";
  };
  const variable = (path: PropertyKey[], name: string) => follow(path, name, () => given.variables[name]);
  const file = (path: PropertyKey[], name: string) => follow(path, name, () => given.readText(name));

  if (problems.length > 0) throw refusal(problems);
  const filled = fillIn(read(document), [], variable);
  if (problems.length > 0) throw refusal(problems);
  const parsed = File.safeParse(filled);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) report(path, message);
    throw refusal(problems);
  }
  const { classes, patterns, policies } = parsed.data;
  const secret = (path: PropertyKey[], from: Secret) =>
    typeof from === "string"
      ? from
      : "env" in from
        ? variable(path, from.env)
        : file(path, from.file).replace(/\r?\n$/, "");
  /** A place with its secrets read from where they are. */
  const withSecrets = <Place extends { [Field in SecretField]?: Secret | undefined }>(
    { password, privateKey, passphrase, ...rest }: Place,
    at: PropertyKey[],
  ) => {
    const read: { [Field in SecretField]?: string } = {};
    if (password !== undefined) read.password = secret([...at, "password"], password);
    if (privateKey !== undefined) read.privateKey = secret([...at, "privateKey"], privateKey);
    if (passphrase !== undefined) read.passphrase = secret([...at, "passphrase"], passphrase);
    return { ...rest, ...read };
  };
  const declaration: Declaration = {
    classes,
    patterns,
    targets: parsed.data.targets.map((target, i) => {
      const at = ["targets", i];
      if (target.kind === "postgres") {
        const { name, classes, ...input } = target;
        return { name, classes, input: withSecrets(input, at) };
      }
      const { name, ...input } = target;
      const jumps = input.jumps.map((jump, j) => withSecrets(jump, [...at, "jumps", j]));
      return { name, input: { ...withSecrets(input, at), jumps } };
    }),
    policies: typeof policies === "object" ? file(["policies", "file"], policies.file) : policies,
  };
  if (problems.length > 0) throw refusal(problems);
  return declaration;
}

/** The document's values. Throws `invalid` for aliases that hold themselves or multiply, and for what would get lost. */
function read(document: Document): unknown {
  let values: unknown;
  try {
    values = document.toJS();
    if (JSON.stringify(values)?.includes('"__proto__":'))
      throw new RangeError("__proto__ cannot be a name here");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw refusal([{ line: 1, path: "", message: error.message }]);
  }
  return values;
}

/** Fills `${NAME}` in, value by value: what a variable holds can never become structure. */
function fillIn(
  value: unknown,
  path: PropertyKey[],
  variable: (path: PropertyKey[], name: string) => string,
): unknown {
  if (typeof value === "string")
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => variable(path, name));
  if (Array.isArray(value)) return value.map((item, i) => fillIn(item, [...path, i], variable));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, fillIn(member, [...path, key], variable)]),
  );
}

/** The line of the value at a path, or of the nearest one around it. */
function lineAt(document: Document, lines: LineCounter, path: PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
    if (Array.isArray(range) && typeof range[0] === "number") return lines.linePos(range[0]).line;
  }
  return 1;
}

function refusal(problems: DeclarationProblem[]): Refusal {
  const shown = problems.map(({ line, path, message }) => `line ${line}${path && `, ${path}`}: ${message}`);
  return new Refusal("invalid", `The declarative file does not fit: ${shown.join("; ")}.`, {
    extra: { problems },
  });
}
