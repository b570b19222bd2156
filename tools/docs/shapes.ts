/** As much of JSON Schema as the API's description uses. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};

/** Longer lists of values are cut: the full one is in the description that the gateway gives. */
const maxOptions = 10;

/** Prints schemas as short types. A schema that equals a named one is its name. */
export function createShapes(named: Readonly<Record<string, Schema>>) {
  const names = new Map(Object.entries(named).map(([name, schema]) => [JSON.stringify(schema), name]));

  /** `depth`: how many objects may be opened before `{...}` stands for one. */
  function shape(schema: Schema, depth: number, within?: string): string {
    if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
    const name = names.get(JSON.stringify(schema));
    if (name !== undefined && name !== within) return name;
    const options = schema.anyOf ?? schema.oneOf;
    if (options) return [...new Set(options.map((option) => shape(option, depth)))].join(" | ");
    if (schema.allOf) return schema.allOf.map((part) => shape(part, depth)).join(" & ");
    if (schema.enum) {
      const shown = schema.enum.slice(0, maxOptions).map((value) => JSON.stringify(value));
      return [...shown, ...(shown.length < schema.enum.length ? ["..."] : [])].join(" | ");
    }
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (Array.isArray(schema.type)) return schema.type.join(" | ");
    if (schema.type === "array") {
      const item = shape(schema.items ?? {}, depth);
      return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
    }
    if (schema.type === "object") return object(schema, depth);
    return schema.type === "integer" ? "number" : (schema.type ?? "any");
  }

  function object(schema: Schema, depth: number): string {
    const fields = fieldsOf(schema, depth - 1);
    if (fields.length > 0) return depth > 0 ? `{ ${fields.map(({ text }) => text).join(", ")} }` : "{...}";
    const { additionalProperties } = schema;
    return typeof additionalProperties === "object"
      ? `{ [name]: ${shape(additionalProperties, depth)} }`
      : "{}";
  }

  const fieldsOf = (schema: Schema, depth: number) =>
    Object.entries(schema.properties ?? {}).map(([key, value]) => ({
      text: `${key}${schema.required?.includes(key) ? "" : "?"}: ${shape(value, depth)}`,
    }));

  return {
    shape,
    /** A named schema, a line for each field. */
    definition(name: string): string {
      const schema = named[name] ?? {};
      const fields = fieldsOf(schema, 2);
      if (fields.length === 0) return `${name} = ${shape(schema, 2, name)}`;
      return [`${name} = {`, ...fields.map(({ text }) => `  ${text}`), "}"].join("\n");
    },
  };
}
