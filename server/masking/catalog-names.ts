import { list, names, part, type Node } from "./tree.ts";
import type { RawCatalog, RawFunction, RawRelation } from "../protocols/postgres/catalog/raw-catalog.ts";

/**
 * PostgreSQL's own functions that run a text, read files or large objects, or show what others hold: a body that calls
 * one can reach anything. (pg_proc.dat; chapters 9.15.3, 9.28 and 33 of the manual, and dblink, tablefunc.)
 */
const runsText =
  /^(?:(?:query|table|schema|database|cursor)_to_xml\w*|ts_stat|ts_rewrite|pg_read_(?:binary_)?file|pg_ls_\w+|pg_stat_file|lo_\w+|loread|lowrite|dblink\w*|crosstab\w*|connectby|normal_rand|pg_get_viewdef|current_query|pg_stat_get_\w+|pg_logical_\w+|xpath_table|spi_\w+|cursor_open|pg_get_expr)$/;
/** Views and tables of the system that show values of other tables, or text that others run. */
const showsValues =
  /^(?:pg_stats|pg_stats_ext|pg_stats_ext_exprs|pg_statistic|pg_statistic_ext_data|pg_stat_activity|pg_stat_statements|pg_prepared_statements|pg_cursors|pg_largeobject|pg_file_settings|pg_hba_file_rules|pg_read_file)$/;

/** Where a node holds the name of an operator: an expression, `x = ANY (SELECT ...)`, ORDER BY ... USING. */
const operatorFields = ["name", "operName", "useOp"];

export type Names = {
  /** The relation that a name means on a search path; on the session's where none is given. */
  relation(schema: string | undefined, name: string, searchPath?: readonly string[]): RawRelation | undefined;
  /** Every function that a call may mean: arguments are not compared. */
  functions(call: readonly string[]): readonly RawFunction[];
  runsText(call: readonly string[]): boolean;
  /** Whether a node is an operator or names a type that runs code of the target's own. */
  runsCode(kind: string, body: Node): boolean;
  isHarmlessSystemRelation(schema: string | undefined, name: string): boolean;
};

export function createNames(raw: RawCatalog): Names {
  const relations = new Map(
    raw.relations.map((relation) => [JSON.stringify([relation.schema, relation.name]), relation]),
  );
  const functions = new Map<string, RawFunction[]>();
  for (const fn of raw.functions) functions.set(fn.name, [...(functions.get(fn.name) ?? []), fn]);
  const operators = new Set(raw.operators);
  const types = new Set(raw.types.filter(({ hasCast }) => hasCast).map(({ name }) => name));
  const inSchema = (schema: string, name: string) => relations.get(JSON.stringify([schema, name]));
  return {
    relation(schema, name, searchPath = raw.searchPath) {
      if (schema !== undefined) return inSchema(schema, name);
      for (const candidate of searchPath) {
        const found = inSchema(candidate, name);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    functions(call) {
      const schema = call.length > 1 ? call.at(-2) : undefined;
      const named = functions.get(call.at(-1) ?? "") ?? [];
      return schema === undefined ? named : named.filter((fn) => fn.schema === schema);
    },
    runsCode(kind, body) {
      const last = (key: string): string => names(list(body, key)).at(-1) ?? "";
      if (kind === "TypeCast") return types.has(names(list(part(body, "typeName"), "names")).at(-1) ?? "");
      return operatorFields.some((field) => operators.has(last(field)));
    },
    runsText: (call) => runsText.test(call.at(-1) ?? ""),
    isHarmlessSystemRelation: (schema, name) =>
      (schema === "information_schema" ||
        ((schema ?? "pg_catalog") === "pg_catalog" && name.startsWith("pg_"))) &&
      !showsValues.test(name),
  };
}
