import { z } from "zod";

/** How a single value is hidden. */
const valueRules = [
  z.object({ kind: z.literal("redact") }),
  z.object({ kind: z.literal("null") }),
  z.object({ kind: z.literal("last"), count: z.int().min(1).max(8) }),
  z.object({ kind: z.literal("first"), count: z.int().min(1).max(8) }),
  /** `•••@example.org`: keeps an e-mail address's domain. */
  z.object({ kind: z.literal("email-domain") }),
  /** A date or time cut to its year or month. */
  z.object({ kind: z.literal("date"), to: z.enum(["year", "month"]) }),
  /** A number rounded down to a multiple. */
  z.object({ kind: z.literal("bucket"), size: z.number().positive() }),
  /** A keyed token: equal values give equal tokens within a session, so joins and groups hold. */
  z.object({ kind: z.literal("token") }),
  /** Keyed digits in the place of digits: length and separators stay, and the last `keep` characters. */
  z.object({ kind: z.literal("digits"), keep: z.int().min(1).max(8).optional() }),
] as const;
const ValueRule = z.discriminatedUnion("kind", valueRules);
export type ValueRule = z.infer<typeof ValueRule>;

/** Where a value lies in a JSON document, in eight steps at most: `address.street`, `phones[*].number`. */
const jsonPath = /^(?:\[\*\]|[^.[\]\s"\\]+)(?:\[\*\]|\.[^.[\]\s"\\]+){0,7}$/;
const maxJsonPaths = 64;

/** How a class of data is hidden. Each keeps the column's type, or is `null`. */
export const MaskRule = z.discriminatedUnion("kind", [
  ...valueRules,
  /** In a jsonb column: each path with a mask of its own, all else as it is. */
  z.object({
    kind: z.literal("json"),
    paths: z
      .record(z.string().max(200).regex(jsonPath), ValueRule)
      .refine((paths) => Object.keys(paths).length > 0 && Object.keys(paths).length <= maxJsonPaths, {
        error: `between 1 and ${maxJsonPaths} paths`,
      }),
  }),
]);
export type MaskRule = z.infer<typeof MaskRule>;

/** A class of data (`email`, `card`), how it is hidden, and whether one may look a known value up. */
export const DataClass = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/),
  description: z.string().max(500).default(""),
  mask: MaskRule,
  /** True: `WHERE email = 'x'` may be applied to the real column. */
  lookup: z.boolean().default(false),
});
export type DataClass = z.infer<typeof DataClass>;

/** Column names matching `column` (case-insensitive, `*` wildcards) get `class` unless classified by hand. */
export const ClassPattern = z.strictObject({
  column: z.string().min(1).max(63),
  /** Optional `schema.relation` pattern with `*`. */
  relation: z.string().max(127).optional(),
  class: z.string(),
});
export type ClassPattern = z.infer<typeof ClassPattern>;

/** `{"public.customers": {"email": "email"}}`; the class `none` clears a pattern's proposal. */
export const ClassMap = z.record(z.string(), z.record(z.string(), z.string()));
export type ClassMap = z.infer<typeof ClassMap>;

export const Column = z.object({
  number: z.int(),
  name: z.string(),
  /** As `format_type` prints it: `character varying(20)`. */
  type: z.string(),
  typeOid: z.int(),
  notNull: z.boolean(),
  hasDefault: z.boolean(),
  generated: z.boolean(),
  /** Effective class of data, from the map, a pattern or by inheritance. */
  class: z.string().optional(),
  /** All classes that a derived column draws from, where they are several; the first is `class`. */
  classes: z.array(z.string()).optional(),
  /** Computed from classified values: a mask that keeps a part of the value does not fit it. */
  derived: z.boolean().optional(),
  /** For what a view takes out of a classified jsonb document: its place there, by keys and by numbers in lists. */
  path: z.array(z.union([z.string(), z.int()])).optional(),
  /** Where the class comes from; `new`: the column is held back until somebody decides. */
  classSource: z.enum(["map", "pattern", "inherited", "new"]).optional(),
  /** For a domain, and for citext: the type of the values behind it, which masks are made for. */
  base: z
    .object({
      type: z.string(),
      typeOid: z.int(),
      /** The schema of citext, where that is what it is or rests on. */
      citext: z.string().optional(),
    })
    .optional(),
  comment: z.string().optional(),
});
export type Column = z.infer<typeof Column>;

export const Relation = z.object({
  oid: z.int(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(["table", "partitioned", "view", "matview", "foreign", "sequence", "composite"]),
  columns: z.array(Column),
  primaryKey: z.array(z.string()),
  foreignKeys: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      references: z.string(),
      referencedColumns: z.array(z.string()),
    }),
  ),
  indexes: z.array(z.object({ name: z.string(), unique: z.boolean(), columns: z.array(z.string()) })),
  /** Oids of inheritance or partition parents. */
  parents: z.array(z.int()),
  /** Planner's row count; -1: unknown. */
  estimatedRows: z.number(),
  /**
   * Columns that a written row is judged or computed by together: check and exclusion constraints, generated columns.
   */
  conditions: z
    .array(z.object({ name: z.string(), columns: z.array(z.string()), excludes: z.boolean() }))
    .optional(),
  /** Oids of functions, not of PostgreSQL's own, that its view, defaults, constraints, indexes, policies and triggers run. */
  runs: z.array(z.int()).optional(),
  hasRules: z.boolean(),
  hasRowSecurity: z.boolean(),
  triggers: z.array(z.object({ name: z.string(), function: z.int(), definition: z.string() })),
  /** For views and materialised views: their defining SELECT. */
  definition: z.string().optional(),
  /** Relations (by oid) and their columns (by number; 0: the whole relation) that a view reads. */
  dependsOn: z.array(z.object({ relation: z.int(), column: z.int() })),
  comment: z.string().optional(),
});
export type Relation = z.infer<typeof Relation>;

export const CatalogFunction = z.object({
  oid: z.int(),
  schema: z.string(),
  name: z.string(),
  arguments: z.string(),
  returns: z.string(),
  language: z.string(),
  kind: z.enum(["function", "procedure", "aggregate", "window"]),
  volatility: z.enum(["immutable", "stable", "volatile"]),
  definer: z.boolean(),
  returnsTrigger: z.boolean(),
  /** Source text for sql and plpgsql; undefined for C and internal. */
  body: z.string().optional(),
  /** Owned by an extension: its name. */
  extension: z.string().optional(),
  /**
   * `clear`: its body was read and touches no classified column, no dynamic SQL and no other uncleared
   * function. `classified`: it reads classified columns. `opaque`: cannot be known.
   */
  reach: z.enum(["clear", "classified", "opaque"]),
  /** Relations that its body reads or writes, where known (`schema.name`). */
  touches: z.array(z.string()),
  writes: z.boolean(),
  /** Where it is `classified`: the classes that it reads. */
  classes: z.array(z.string()).optional(),
});
export type CatalogFunction = z.infer<typeof CatalogFunction>;

/** What a SQL target holds, read once per target revision and refresh. Functions outside pg_catalog only. */
export const Catalog = z.object({
  /** sha256 over the content including classes: a plan made for one revision is not used for another. */
  revision: z.string(),
  readAt: z.iso.datetime(),
  serverVersion: z.int(),
  database: z.string(),
  /** Pinned on every session: names are resolved against it, after pg_catalog. */
  searchPath: z.array(z.string()),
  relations: z.array(Relation),
  functions: z.array(CatalogFunction),
  /** Names of user-defined operators and casts outside pg_catalog: using one is opaque. */
  operators: z.array(z.string()),
  /** Names of types outside pg_catalog, `schema.name`. */
  types: z.array(z.object({ schema: z.string(), name: z.string(), kind: z.string(), hasCast: z.boolean() })),
});
export type Catalog = z.infer<typeof Catalog>;
