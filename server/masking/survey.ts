import { isNode, list, names, offset, open, part, walk, word, type Node } from "./tree.ts";

/** What rewriting needs to know of a statement's tree, gathered in one walk; places are byte offsets. */
export type Survey = {
  kind: string;
  body: Node;
  /** References by name, without the aliases that FOR UPDATE OF names. */
  tables: { schema: string | undefined; name: string; at: number }[];
  /** Names of common table expressions. */
  expressions: Set<string>;
  functions: Set<string>;
  /** How often each name is written, as part of a column reference or in a list of names. */
  mentions: Map<string, number>;
  /** NATURAL joins name columns without writing them. */
  natural: boolean;
  /** SELECT INTO, CREATE TABLE AS. */
  into: boolean;
  /** Keeps its query, and with it whatever it looks up, for others to run: a view. */
  keepsQuery: boolean;
  /** `schema.table.column`. */
  qualified: { fields: string[]; at: number }[];
  /** By the place of the sampled table: that of the method's name. */
  samples: Map<number, number>;
  /** TABLESAMPLE's arguments hold a query. */
  sampledByQuery: boolean;
  /** By the place of a table in its FROM: the query that groups by plain expressions. */
  groupings: Map<number, Node>;
};

export function survey(tree: unknown): Survey {
  const top = open(isNode(tree) ? tree["stmt"] : undefined);
  const found: Survey = {
    kind: top?.kind ?? "",
    body: top?.body ?? {},
    tables: [],
    expressions: new Set(),
    functions: new Set(),
    mentions: new Map(),
    natural: false,
    into: false,
    keepsQuery: top?.kind === "ViewStmt" || word(top?.body ?? {}, "objtype") === "OBJECT_MATVIEW",
    qualified: [],
    samples: new Map(),
    sampledByQuery: false,
    groupings: new Map(),
  };
  walk(tree, (kind, body) => {
    if ("intoClause" in body || "into" in body) found.into = true;
    switch (kind) {
      case "LockingClause":
        return false;
      case "RangeVar":
        found.tables.push({
          schema: word(body, "schemaname"),
          name: word(body, "relname") ?? "",
          at: offset(body),
        });
        break;
      case "CommonTableExpr":
        found.expressions.add(word(body, "ctename") ?? "");
        break;
      case "FuncCall":
        found.functions.add(names(list(body, "funcname")).at(-1) ?? "");
        break;
      case "JoinExpr":
        if (body["isNatural"] === true) found.natural = true;
        break;
      case "String": {
        const name = word(body, "sval") ?? "";
        found.mentions.set(name, (found.mentions.get(name) ?? 0) + 1);
        break;
      }
      case "ColumnRef": {
        const fields = names(list(body, "fields"));
        if (fields.length > 2) found.qualified.push({ fields, at: offset(body) });
        break;
      }
      case "RangeTableSample":
        found.samples.set(offset(open(body["relation"])?.body ?? part(body, "relation")), offset(body));
        if (holdsQuery(body["args"])) found.sampledByQuery = true;
        break;
      case "SelectStmt": {
        const groups = list(body, "groupClause");
        if (groups.length > 0 && !groups.some((group) => open(group)?.kind === "GroupingSet"))
          for (const item of list(body, "fromClause")) noteTables(item, body, found.groupings);
        break;
      }
      default:
    }
    return undefined;
  });
  return found;
}

/** Tables of a FROM item that the query can name: an alias of a join hides those below it. */
function noteTables(item: unknown, query: Node, groupings: Map<number, Node>): void {
  const opened = open(item);
  if (opened?.kind === "RangeVar") groupings.set(offset(opened.body), query);
  if (opened?.kind !== "JoinExpr" || isNode(opened.body["alias"])) return;
  noteTables(opened.body["larg"], query, groupings);
  noteTables(opened.body["rarg"], query, groupings);
}

function holdsQuery(value: unknown): boolean {
  let found = false;
  walk(value, (kind) => {
    if (kind === "SubLink") found = true;
  });
  return found;
}
