import type { Relation } from "../../shared/nouns/catalog.ts";
import type { RelationSite } from "../protocols/postgres/facts/meaning.ts";
import type { Edit } from "./rewrite.ts";
import { quoteName, type TokenReader } from "./sql-text.ts";
import { isNode, list, names, offset, open, type Node } from "./tree.ts";

/** Types that PostgreSQL cannot group by (json, xml, point, lseg, path, box, polygon, line, circle). */
const cannotGroup = new Set([114, 142, 600, 601, 602, 603, 604, 628, 718]);

/**
 * `GROUP BY c.id` lets a query name the other columns of `c` because the primary key determines them. A sub-select has
 * no key, so the columns that the query uses are added to the list; the groups stay the same.
 */
export function keepGrouping(
  query: Node,
  site: RelationSite,
  relation: Relation,
  alias: string,
  outerName: (column: string) => string,
  reader: TokenReader,
): Edit[] {
  const key = relation.primaryKey.map(outerName);
  if (key.length === 0) return [];
  const groups = list(query, "groupClause");
  const own = new Set(relation.columns.map(({ name }) => outerName(name)));
  const grouped = groups.map((group) => groupedColumn(group, query, alias, own));
  const first = key.map((column) => grouped.findIndex((name) => name === column));
  const at = first[0];
  if (at === undefined || first.includes(-1)) return [];
  const columns = relation.columns
    .filter(
      ({ name, typeOid }) =>
        (site.columns === "all" || site.columns.includes(name)) && !cannotGroup.has(typeOid),
    )
    .map(({ name }) => outerName(name))
    .filter((name) => !grouped.includes(name));
  const anchor = open(groups[at]);
  if (columns.length === 0 || anchor === undefined) return [];
  const anchorAt = offset(anchor.body);
  let token = reader.indexFrom(anchorAt);
  while (reader.at(token - 1).text === "(") token--;
  const { start } = reader.at(token);
  const text = columns.map((name) => `${quoteName(alias)}.${quoteName(name)}, `).join("");
  return [
    { kind: "grouping", splice: { span: { start, end: start }, text }, anchor: anchorAt, alias, columns },
  ];
}

/** The site's column that a GROUP BY item names, also by its place or its name in the select list. */
function groupedColumn(
  group: unknown,
  query: Node,
  alias: string,
  own: ReadonlySet<string>,
): string | undefined {
  const targets = list(query, "targetList");
  const opened = open(group);
  if (opened?.kind === "A_Const") {
    const place = opened.body["ival"];
    const target = isNode(place) ? open(targets[offset(place, "ival") - 1]) : undefined;
    return columnOf(target?.body["val"], alias);
  }
  const column = columnOf(group, alias);
  if (column === undefined || own.has(column)) return column;
  // A column of the tables goes before a name of the list.
  const named = targets.find((target) => open(target)?.body["name"] === column);
  return columnOf(open(named)?.body["val"], alias);
}

function columnOf(expression: unknown, alias: string): string | undefined {
  const opened = open(expression);
  if (opened?.kind !== "ColumnRef") return undefined;
  const fields = names(list(opened.body, "fields"));
  const column = fields.at(-1);
  return fields.length === 1 || fields.at(-2) === alias ? column : undefined;
}
