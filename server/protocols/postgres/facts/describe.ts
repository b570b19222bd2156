import type { Catalog, Relation } from "../../../../shared/nouns/catalog.ts";
import type { RelationUse, SqlFacts } from "../../../../shared/nouns/facts.ts";
import { nothingEarlier, noteDone, noteEarlier, withMade } from "./earlier.ts";
import { type Effort, newEffort } from "./effort.ts";
import { maxValues } from "./equalities.ts";
import { type Findings, newFindings, noteParts, noteRead, noteUnmaskable, type Use } from "./findings.ts";
import type { Meaning, Parsed, RelationSite, StatementMeaning } from "./meaning.ts";
import { type Names, namesOf, qualifiedName, type Resolved } from "./names.ts";
import { outsideTransaction } from "./outside-transaction.ts";
import { newScope, type Reach, topScope } from "./scope.ts";
import { sourceText } from "./source.ts";
import { createWalker } from "./statement.ts";
import { isStatementKind, statementClasses } from "./statements.ts";
import { summaryOf } from "./summary.ts";
import { unwrap } from "./walker.ts";

const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();

/**
 * What a command means against a catalog. Pure; the same text and catalog give the same facts.
 *
 * Throws `sql_too_large` for queries that give out too many columns or take too many steps to understand; `effort`
 * counts them.
 */
export function describe(parsed: Parsed, catalog: Catalog, effort: Effort = newEffort()): Meaning {
  const names = namesOf(catalog);
  const source = sourceText(parsed);
  const made = { prepared: new Set<string>(), cursors: new Set<string>(), effort };
  const all: { findings: Findings; statement: StatementMeaning }[] = [];
  const earlier = nothingEarlier();
  (parsed.tree.stmts ?? []).forEach(({ stmt, stmt_location: location = 0, stmt_len: length = 0 }, index) => {
    const findings = newFindings(withMade(names, earlier), source, parsed.plpgsql.get(index), made);
    const [node = "", fields = {}] = unwrap(stmt) ?? [];
    createWalker(findings).statement(stmt, newScope(topScope(effort)));
    noteParts(findings);
    noteEarlier(findings, earlier);
    noteDone(earlier, findings, stmt);
    for (const { resolved, reach } of findings.targets)
      if (isReached(reach)) noteTargetRead(findings, resolved, reach);
    for (const { relation, reach, where } of findings.unreplaceable)
      if (classesOf(relation, [reach]).length > 0)
        noteUnmaskable(
          findings,
          `${qualifiedName(relation)} has classified columns that are read ${where}`,
          `Send the query on ${qualifiedName(relation)} as a statement of its own, where its columns can be masked.`,
        );
    const known = isStatementKind(node) ? statementClasses[node] : undefined;
    all.push({
      findings,
      statement: {
        span: source.statement(location, length),
        action: known?.action ?? "sql.other",
        actions: [...findings.actions].sort(),
        node,
        writes: findings.writes,
        returnsRows: returnsRows(node, fields, known?.returnsRows ?? true),
        sites: findings.sites.map(siteOf).sort((a, b) => a.span.start - b.span.start),
        targetReads: findings.targets.flatMap(({ resolved, reach, isKey }) =>
          resolved.kind === "user" && isReached(reach) && !isKey
            ? [
                {
                  relation: resolved.relation.oid,
                  columns: reach.all ? ("all" as const) : sorted(reach.columns),
                },
              ]
            : [],
        ),
        unmaskable: [...findings.unmaskable]
          .map(([reason, instead]) => ({ reason, instead }))
          .sort((a, b) => (a.reason < b.reason ? -1 : 1)),
        readsByFunction: [...findings.readsByFunction].map(([name, { classes, by }]) => ({
          function: name,
          classes: sorted(classes),
          ...(by === undefined ? {} : { by }),
        })),
        outside: outsideTransaction(node, stmt, names),
      },
    });
  });
  const statements = all.map(({ statement }) => statement);
  return {
    facts: factsOf(
      all.map(({ findings }) => findings),
      statements,
      names,
    ),
    statements,
    catalogRevision: catalog.revision,
  };
}

const isReached = (reach: Reach): boolean => reach.all || reach.columns.size > 0 || reach.system.size > 0;

/** What a write reads back of its target; its names, rules and code were noted with the change. */
function noteTargetRead(findings: Findings, resolved: Resolved, reach: Reach): void {
  if (resolved.kind === "system") return noteRead(findings, resolved, reach);
  const use = findings.reads.get(resolved.qualified) ?? {
    qualified: resolved.qualified,
    known: resolved.kind === "user",
    relation: resolved.kind === "user" ? resolved.relation : undefined,
    reaches: [],
    effect: undefined,
  };
  use.reaches.push(reach);
  findings.reads.set(resolved.qualified, use);
}

function returnsRows(node: string, fields: object, byKind: boolean): boolean {
  if (/^(Insert|Update|Delete|Merge)Stmt$/.test(node)) return "returningClause" in fields;
  if (node === "SelectStmt") return !("intoClause" in fields);
  if (node === "CopyStmt")
    return !("is_from" in fields && fields.is_from === true) && !("filename" in fields);
  if (node === "FetchStmt") return !("ismove" in fields && fields.ismove === true);
  return byKind;
}

const siteOf = ({ reach, ...site }: Findings["sites"][number]): RelationSite => ({
  ...site,
  columns: reach.all ? "all" : sorted(reach.columns),
  systemColumns: sorted(reach.system),
});

/** Classes of the columns that the reaches touch. */
function classesOf(relation: Relation | undefined, reaches: readonly Reach[]): string[] {
  const all = reaches.some((reach) => reach.all);
  return sorted(
    (relation?.columns ?? [])
      .filter(({ name }) => all || reaches.some(({ columns }) => columns.has(name)))
      .flatMap((column) => column.class ?? []),
  );
}

function columnsOf({ relation, reaches }: Use): string[] {
  const named = reaches
    .flatMap(({ columns, system }) => [...columns, ...system])
    .filter((name) => name !== "*");
  return sorted(
    reaches.some(({ all }) => all) ? [...named, ...(relation?.columns ?? []).map(({ name }) => name)] : named,
  );
}

function usesOf(uses: readonly Map<string, Use>[]): RelationUse[] {
  const merged = new Map<string, Use>();
  for (const use of uses.flatMap((each) => [...each.values()])) {
    const existing = merged.get(use.qualified);
    merged.set(
      use.qualified,
      existing === undefined ? use : { ...existing, reaches: [...existing.reaches, ...use.reaches] },
    );
  }
  return sorted(merged.keys()).flatMap((name) => {
    const use = merged.get(name);
    if (use === undefined) return [];
    return [
      {
        relation: name,
        known: use.known,
        columns: columnsOf(use),
        classes: classesOf(use.relation, use.reaches),
        ...(use.effect === undefined ? {} : { effect: use.effect }),
      },
    ];
  });
}

function lookupsOf(statements: readonly StatementMeaning[], names: Names): SqlFacts["lookups"] {
  const found = new Map<string, SqlFacts["lookups"][number]>();
  for (const { relation: oid, equalities } of statements.flatMap(({ sites }) => sites)) {
    const relation = names.byOid(oid);
    for (const { column, values, parameter } of equalities) {
      const dataClass = relation?.columns.find(({ name }) => name === column)?.class;
      if (relation === undefined || dataClass === undefined) continue;
      const key = `${qualifiedName(relation)}.${column}`;
      found.set(key, {
        relation: qualifiedName(relation),
        column,
        class: dataClass,
        values: (found.get(key)?.values ?? 0) + (parameter === undefined ? values.length : maxValues),
      });
    }
  }
  return sorted(found.keys()).flatMap((key) => found.get(key) ?? []);
}

function factsOf(all: readonly Findings[], statements: readonly StatementMeaning[], names: Names): SqlFacts {
  const union = (of: (findings: Findings) => Iterable<string>): string[] =>
    sorted(all.flatMap((findings) => [...of(findings)]));
  const reads = usesOf(all.map((each) => each.reads));
  const changes = usesOf(all.map((each) => each.changes));
  const functions = new Map(all.flatMap((each) => [...each.functions]));
  const opaqueReasons = union(({ opaque }) => opaque);
  return {
    kind: "sql",
    statements: statements.length,
    actions: [...new Set(statements.flatMap(({ actions }) => actions))].sort(),
    writes: statements.some(({ writes }) => writes),
    reads,
    changes,
    functions: sorted(functions.keys()).flatMap((name) => functions.get(name) ?? []),
    classes: sorted([
      ...reads.flatMap(({ classes }) => classes),
      ...statements.flatMap(({ readsByFunction }) => readsByFunction.flatMap(({ classes }) => classes)),
    ]),
    classesChanged: sorted(changes.flatMap(({ classes }) => classes)),
    bounded: all.every(({ bounded }) => bounded),
    opaque: opaqueReasons.length > 0,
    opaqueReasons,
    bulk: all.some(({ bulk }) => bulk),
    lookups: lookupsOf(statements, names),
    effects: union(({ effects }) => effects),
    sessionChanges: union(({ sessionChanges }) => sessionChanges),
    outsideTransaction: sorted(statements.flatMap(({ outside }) => outside?.called ?? [])),
    parameters: Math.max(0, ...all.map(({ parameters }) => parameters)),
    ...summaryOf(statements, reads, changes),
  };
}
