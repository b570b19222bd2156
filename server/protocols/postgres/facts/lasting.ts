import { unwrap } from "./walker.ts";

/**
 * What a change of an object makes later statements run, or keeps them from, by the grammar's type of the object. An
 * operator, a cast or an aggregate gives a name to a function; moved into the search path, so does any other.
 */
const byObject = new Map<string, string>([
  ...[
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "AGGREGATE",
    "OPERATOR",
    "OPCLASS",
    "OPFAMILY",
    "CAST",
    "CONVERSION",
    "TRANSFORM",
    "LANGUAGE",
    "ACCESS_METHOD",
    "EXTENSION",
    "TSPARSER",
    "TSTEMPLATE",
  ].map((name): [string, string] => [`OBJECT_${name}`, "code"]),
  ["OBJECT_TRIGGER", "trigger"],
  ["OBJECT_EVENT_TRIGGER", "trigger"],
  ["OBJECT_RULE", "rule"],
  ["OBJECT_POLICY", "row-security"],
]);

/** The field that names the type of the object. */
const typeField = new Map([
  ["DefineStmt", "kind"],
  ["DropStmt", "removeType"],
  ["RenameStmt", "renameType"],
  ["AlterObjectSchemaStmt", "objectType"],
]);

/** ALTER TABLE's switches of what is attached to a table. */
const switches: [RegExp, string][] = [
  [/^AT_(Enable|Disable)\w*Trig/, "trigger"],
  [/^AT_(Enable|Disable)\w*Rule$/, "rule"],
  [/^AT_(Enable|Disable|Force|NoForce)RowSecurity$/, "row-security"],
];

/** Effects of a statement that last: by the kind of object that it defines, drops, renames, moves or switches. */
export function lastingEffects(kind: string, fields: object): string[] {
  const object: unknown = Reflect.get(fields, typeField.get(kind) ?? "");
  const effect = typeof object === "string" ? byObject.get(object) : undefined;
  // A base type is its input and output functions; to drop or rename a type changes no code.
  if (kind === "DefineStmt" && object === "OBJECT_TYPE") return ["code"];
  if (effect !== undefined) return [effect];
  const commands: unknown = kind === "AlterTableStmt" ? Reflect.get(fields, "cmds") : undefined;
  if (!Array.isArray(commands)) return [];
  return commands.flatMap((command) => {
    const subtype: unknown = Reflect.get(unwrap(command)?.[1] ?? {}, "subtype");
    return switches.filter(([names]) => names.test(String(subtype))).map(([, switched]) => switched);
  });
}
