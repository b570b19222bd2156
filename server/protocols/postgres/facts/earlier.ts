import type { Node, RangeVar } from "libpg-query";
import { type Findings, noteUnseen } from "./findings.ts";
import type { Names } from "./names.ts";
import { tellingRuleOn } from "./telling.ts";
import { unwrap } from "./walker.ts";

/** What the statements before one, in the same command, have done to what names mean. */
export type Earlier = {
  /** The search path or the role has changed. */
  search: boolean;
  /** Names that may mean something else since; "all" after DDL that is not looked into. */
  shifted: Set<string> | "all";
  /** Tables that the command itself has made: their schema, by name. */
  made: Map<string, string>;
  /** Tables on which it has made a rule that answers guesses, which nobody counts. */
  telling: Set<string>;
};

export const nothingEarlier = (): Earlier => ({
  search: false,
  shifted: new Set(),
  made: new Map(),
  telling: new Set(),
});

/** Changes of the session after which a name may mean something else. */
const shifting = /^(set:(search_path|unknown)|role|session-authorization|reset:all|discard:all)$/;

/** Changes of a table that neither give another meaning to a name nor take one away. */
const stillChanges = new Set([
  "AT_AddColumn",
  "AT_AddConstraint",
  "AT_ValidateConstraint",
  "AT_DropConstraint",
  "AT_ColumnDefault",
  "AT_SetNotNull",
  "AT_DropNotNull",
  "AT_SetStatistics",
  "AT_SetStorage",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_AddIdentity",
  "AT_SetIdentity",
  "AT_DropIdentity",
]);

/** Takes note of one statement, for those that follow it. */
export function noteDone(earlier: Earlier, findings: Findings, stmt: Node | undefined): void {
  earlier.search ||= [...findings.sessionChanges].some((each) => shifting.test(each));
  if (!findings.actions.has("sql.ddl") || stmt === undefined) return;
  const telling = tellingRuleOn(stmt, findings.names);
  if (telling !== undefined) earlier.telling.add(telling);
  const made = madeBy(stmt);
  if (made !== undefined) {
    const { name, isNew, range } = made;
    const [first] = findings.names.catalog.searchPath;
    const schema = range.schemaname ?? first;
    // Temporary ones stand last in the path: no other name means them.
    if (isTemporary(range)) return;
    if (earlier.shifted !== "all") earlier.shifted.add(name);
    // Where it was there before, nobody knows what it holds.
    if (isNew && schema !== undefined) earlier.made.set(name, schema);
  } else if (!isStill(stmt)) earlier.shifted = "all";
}

/** Whether a relation is made in the session's own schema, which no other session sees. */
export const isTemporary = ({ schemaname, relpersistence }: RangeVar): boolean =>
  relpersistence === "t" || /^pg_temp(_\d+)?$/.test(schemaname ?? "");

function madeBy(stmt: Node): { name: string; range: RangeVar; isNew: boolean } | undefined {
  const made = (range: RangeVar | undefined, isNew: boolean) =>
    range?.relname === undefined ? undefined : { name: range.relname, range, isNew };
  if ("CreateStmt" in stmt) {
    const { relation, inhRelations = [], ofTypename, if_not_exists: unless } = stmt.CreateStmt;
    return inhRelations.length > 0 || ofTypename !== undefined ? undefined : made(relation, unless !== true);
  }
  if ("CreateTableAsStmt" in stmt)
    return made(stmt.CreateTableAsStmt.into?.rel, stmt.CreateTableAsStmt.if_not_exists !== true);
  if ("SelectStmt" in stmt) return made(stmt.SelectStmt.intoClause?.rel, true);
  // What is written to a view goes through to its tables.
  if ("ViewStmt" in stmt) return made(stmt.ViewStmt.view, false);
  if ("CreateSeqStmt" in stmt) return made(stmt.CreateSeqStmt.sequence, false);
  return undefined;
}

/** Whether every name means after a definition what it meant before. */
function isStill(stmt: Node): boolean {
  if ("IndexStmt" in stmt || "CommentStmt" in stmt || "CreateStatsStmt" in stmt) return true;
  if ("CreateEnumStmt" in stmt || "AlterSeqStmt" in stmt) return true;
  if ("DropStmt" in stmt) return stmt.DropStmt.removeType === "OBJECT_INDEX";
  if ("AlterTableStmt" in stmt)
    return (stmt.AlterTableStmt.cmds ?? []).every((command) => {
      const subtype: unknown = Reflect.get(unwrap(command)?.[1] ?? {}, "subtype");
      return typeof subtype === "string" && stillChanges.has(subtype);
    });
  return false;
}

/** The catalog's names with what the command has made, which nothing was ever hidden in. */
export function withMade(names: Names, { made }: Earlier): Names {
  if (made.size === 0) return names;
  const [first] = names.catalog.searchPath;
  return {
    ...names,
    relation(schema, name) {
      const resolved = names.relation(schema, name);
      const placed = made.get(name);
      if (resolved.kind !== "unknown" || placed === undefined || placed !== (schema ?? first))
        return resolved;
      return { kind: "unknown", qualified: `${placed}.${name}`, own: true };
    },
  };
}

/** What tries values out on a constraint. */
const guessing = new Set(["sql.insert", "sql.update", "sql.merge"]);

/** Whether a qualified name is of one that is so called. */
const isAmong = (key: string, called: ReadonlySet<string>): boolean =>
  [...called].some((name) => key === name || key.endsWith(`.${name}`));

/**
 * Names after a change of the search path or of the schema may mean what the catalog does not know, also those in a
 * prepared text: PostgreSQL reads it again when what it names has changed.
 */
export function noteEarlier(findings: Findings, { search, shifted, made, telling }: Earlier): void {
  const own = new Set([...made].map(([name, schema]) => `${schema}.${name}`));
  const isShifted = (key: string): boolean => shifted === "all" || (!own.has(key) && isAmong(key, shifted));
  const named = [findings.reads, findings.changes, findings.functions].flatMap((each) => [...each.keys()]);
  const guesses = [...findings.actions].some((action) => guessing.has(action));
  const asked = [...findings.changes.keys()].find((key) => guesses && isAmong(key, telling));
  if (asked !== undefined)
    noteUnseen(
      findings,
      `what is written to ${asked} meets a constraint of the same command on classified columns`,
      `Send the statement on ${asked} as a command of its own, after the change.`,
    );
  const changes: [change: string, named: string | undefined][] = [
    ...(search ? [["a change of search_path or role in the same command", named[0]] as const] : []),
    ...(shifted === "all" || shifted.size > 0
      ? [["DDL in the same command", named.find(isShifted)] as const]
      : []),
  ].map(([change, name]) => [change, name]);
  for (const [change, name] of changes) {
    if (name !== undefined)
      noteUnseen(
        findings,
        `${name} is named after ${change}`,
        `Send the statement on ${name} as a command of its own, after the change.`,
      );
    for (const each of findings.runs)
      noteUnseen(
        findings,
        `what was prepared or opened as ${each} follows ${change}`,
        `Send the query of ${each} as a command of its own, after the change.`,
      );
  }
}
