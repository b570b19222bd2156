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
  const grouped = groups.map((group) => groupedColumn(group, query, alias));
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

/** The site's column that a GROUP BY item names, also by its place in the select list. */
function groupedColumn(group: unknown, query: Node, alias: string): string | undefined {
  const opened = open(group);
  if (opened?.kind === "A_Const") {
    const place = opened.body["ival"];
    const target = isNode(place) ? list(query, "targetList")[offset(place, "ival") - 1] : undefined;
    return target === undefined ? undefined : columnOf(open(target)?.body["val"], alias);
  }
  return columnOf(group, alias);
}

function columnOf(expression: unknown, alias: string): string | undefined {
  const opened = open(expression);
  if (opened?.kind !== "ColumnRef") return undefined;
  const fields = names(list(opened.body, "fields"));
  const column = fields.at(-1);
  return fields.length === 1 || fields.at(-2) === alias ? column : undefined;
}
