import { placeIn } from "./document-place.ts";
import { figureName, unnamed } from "./figure-name.ts";
import type { Step } from "./json-paths.ts";
import { isNode, list, names, open, part, walk, word, type Node } from "./tree.ts";

/**
 * Classes that a value draws from; `derived` where it is computed from them and not the value itself. With a `path` it
 * is what stands there in a classified jsonb document, and nothing else.
 */
export type Taint = { classes: ReadonlySet<string>; derived: boolean; path?: readonly Step[] | undefined };
/** A result column; `star` for `*` and `t.*`, whose taints are under their own names. */
export type Output = { name: string; taint: Taint } | { star: ReadonlyMap<string, Taint> };
/** Tainted columns of a relation by name, in the relation's order under `columns`; undefined where it is unknown. */
export type Source = { columns: readonly string[]; tainted: ReadonlyMap<string, Taint> };
export type SourceOf = (schema: string | undefined, name: string) => Source | undefined;

const clean: Taint = { classes: new Set(), derived: false };
/** What a value draws from that may be the one or the other. */
export function joined(a: Taint | undefined, b: Taint): Taint {
  if (a === undefined || a.classes.size === 0) return b;
  if (b.classes.size === 0) return a;
  const same = samePath(a, b) && (a.derived || !b.derived);
  if (same && (a === b || [...b.classes].every((name) => a.classes.has(name)))) return a;
  return {
    classes: new Set([...a.classes, ...b.classes]),
    derived: a.derived || b.derived,
    path: samePath(a, b) ? a.path : undefined,
  };
}
const samePath = (a: Taint, b: Taint): boolean =>
  a.path === b.path ||
  (a.path?.length === b.path?.length && a.path?.every((step, i) => step === b.path?.[i]) === true);
/** Rounds after which names that still gain classes are given up; each round carries a name one query further. */
const maxRounds = 64;
/** Nodes and names that may be looked at for one query before it is given up: about a tenth of a second. */
const maxSteps = 1_000_000;

/**
 * Which result columns of a query draw from classified columns: by name, blind to nesting, so that it errs by saying
 * too much. Undefined where the query is not understood.
 */
export function outputsOf(query: unknown, sourceOf: SourceOf): Output[] | undefined {
  const scope = readScope(query, sourceOf);
  if (scope === undefined) return undefined;
  for (let round = 0; ; round++) {
    if (round === maxRounds || scope.steps > maxSteps) return undefined;
    let grew = false;
    const learn = (name: string, taint: Taint) => {
      const known = scope.byName.get(name);
      const next = joined(known, taint);
      const before = known ?? clean;
      if (
        next.classes.size === before.classes.size &&
        next.derived === before.derived &&
        samePath(next, before)
      )
        return;
      scope.byName.set(name, next);
      scope.known = newKnown();
      grew = true;
    };
    walk(query, (kind, body) => {
      if (++scope.steps > maxSteps) return false;
      if (kind === "SelectStmt") learnNames(body, scope, learn);
      if (kind === "RangeFunction" || kind === "RangeTableFunc" || kind === "JsonTable")
        learnTableFunction(body, scope, learn);
      if (isNode(body["alias"])) learnAliasList(kind, body, scope, learn, sourceOf);
      if (kind === "CommonTableExpr") {
        const all = everything(body["ctequery"], scope);
        // SEARCH and CYCLE gather the values of rows in a column of their own.
        const gathered = [
          word(part(body, "search_clause"), "search_seq_column"),
          word(part(body, "cycle_clause"), "cycle_path_column"),
        ].filter((name) => name !== undefined);
        for (const name of [...names(list(body, "aliascolnames")), ...gathered]) learn(name, all);
      }
      return undefined;
    });
    if (!grew) break;
  }
  const top = open(query);
  const outputs = top?.kind === "SelectStmt" ? outputsOfSelect(top.body, scope) : undefined;
  return scope.steps > maxSteps ? undefined : outputs;
}

type Scope = {
  /** What an alias may stand for: a known relation, or "query" for anything else. */
  aliases: Map<string, (Source | "query")[]>;
  byName: Map<string, Taint>;
  /** Windows by the name that WINDOW gives them. */
  windows: Map<string, Node[]>;
  /** What has been found of queries and stars; it holds until a name gains a class. */
  known: Known;
  steps: number;
};
type Known = {
  outputs: Map<Node, Output[]>;
  taints: Map<Node, Taint>;
  stars: Map<string | undefined, { columns: ReadonlyMap<string, Taint>; total: Taint }>;
  /** Of every name. */
  names: Taint | undefined;
};
const newKnown = (): Known => ({
  outputs: new Map(),
  taints: new Map(),
  stars: new Map(),
  names: undefined,
});

function readScope(query: unknown, sourceOf: SourceOf): Scope | undefined {
  const scope: Scope = {
    aliases: new Map(),
    byName: new Map(),
    windows: new Map(),
    known: newKnown(),
    steps: 0,
  };
  const expressions = new Set<string>();
  walk(query, (kind, body) => {
    if (kind === "CommonTableExpr") expressions.add(word(body, "ctename") ?? "");
    const window = kind === "WindowDef" ? word(body, "name") : undefined;
    if (window !== undefined) scope.windows.set(window, [...(scope.windows.get(window) ?? []), body]);
  });
  let known = true;
  const add = (alias: string | undefined, source: Source | "query") => {
    if (alias === undefined) return;
    const meant = scope.aliases.get(alias);
    if (meant === undefined) scope.aliases.set(alias, [source]);
    // One relation under one alias many times is still one source.
    else if (!meant.includes(source)) meant.push(source);
  };
  walk(query, (kind, body) => {
    if (kind === "LockingClause") return false;
    const alias = word(part(body, "alias"), "aliasname");
    if (kind === "RangeVar") {
      const schema = word(body, "schemaname");
      const name = word(body, "relname") ?? "";
      const source = sourceOf(schema, name);
      // A common table expression hides a table of its name in a part of the query: it may be either.
      const isExpression = schema === undefined && expressions.has(name);
      if (source === undefined && !isExpression) known = false;
      const isRenamed = list(part(body, "alias"), "colnames").length > 0;
      add(alias ?? name, source === undefined || isExpression || isRenamed ? "query" : source);
      for (const [column, taint] of source?.tainted ?? [])
        scope.byName.set(column, joined(scope.byName.get(column), taint));
    } else add(alias, "query");
    return undefined;
  });
  return known ? scope : undefined;
}

const everything = (value: unknown, scope: Scope): Taint => computed(taintOf(value, scope));
/** What is computed from a value is no longer at its place. */
const computed = ({ classes }: Taint): Taint => ({ classes, derived: true });

function learnNames(select: Node, scope: Scope, learn: (name: string, taint: Taint) => void): void {
  const outputs = outputsOfSelect(select, scope);
  for (const output of outputs) if ("name" in output) learn(output.name, output.taint);
  const values = list(select, "valuesLists");
  const width = Math.max(0, ...values.map((row) => list(open(row)?.body ?? {}, "items").length));
  const all = values.length === 0 ? clean : everything(values, scope);
  if (all.classes.size > 0) for (let i = 1; i <= width; i++) learn(`column${i}`, all);
}

function learnTableFunction(body: Node, scope: Scope, learn: (name: string, taint: Taint) => void): void {
  const all = everything(body, scope);
  if (all.classes.size === 0) return;
  const alias = part(body, "alias");
  for (const name of [word(alias, "aliasname"), ...names(list(alias, "colnames")), ...unnamed])
    if (name !== undefined) learn(name, all);
  walk(body, (kind, inner) => {
    const name =
      kind === "ColumnDef" || kind === "RangeTableFuncCol"
        ? word(inner, "colname")
        : kind === "JsonTableColumn"
          ? word(inner, "name")
          : kind === "FuncCall"
            ? names(list(inner, "funcname")).at(-1)
            : undefined;
    if (name !== undefined) learn(name, all);
  });
}

function learnAliasList(
  kind: string,
  body: Node,
  scope: Scope,
  learn: (name: string, taint: Taint) => void,
  sourceOf: SourceOf,
): void {
  const columns = names(list(part(body, "alias"), "colnames"));
  if (columns.length === 0) return;
  const source =
    kind === "RangeVar" ? sourceOf(word(body, "schemaname"), word(body, "relname") ?? "") : undefined;
  if (source !== undefined)
    return columns.forEach((name, i) => learn(name, source.tainted.get(source.columns[i] ?? "") ?? clean));
  // Which of a query's columns an alias list renames is not followed: each may be any of them.
  scope.known.names ??= [...scope.byName.values()].reduce((sum, taint) => joined(sum, taint), clean);
  const all = scope.known.names;
  for (const name of columns) learn(name, all.classes.size > 0 ? computed(all) : all);
}

function outputsOfSelect(select: Node, scope: Scope): Output[] {
  const known = scope.known.outputs.get(select);
  if (known !== undefined) return known;
  const outputs = findOutputs(select, scope);
  scope.known.outputs.set(select, outputs);
  return outputs;
}

function findOutputs(select: Node, scope: Scope): Output[] {
  scope.steps++;
  if (word(select, "op") !== "SETOP_NONE" && word(select, "op") !== undefined) {
    const left = outputsOfSelect(open(select["larg"])?.body ?? {}, scope);
    const right = outputsOfSelect(open(select["rarg"])?.body ?? {}, scope);
    const aligned = left.length === right.length && [...left, ...right].every((output) => "name" in output);
    scope.steps += left.length + right.length;
    if (aligned)
      return left.map((output, i) =>
        "name" in output
          ? { name: output.name, taint: joined(output.taint, total(right[i] ?? { name: "", taint: clean })) }
          : output,
      );
    const rest = right.reduce((sum, output) => joined(sum, total(output)), clean);
    return left.map((output) => {
      if ("name" in output) return { name: output.name, taint: joined(output.taint, rest) };
      if (rest.classes.size === 0) return output;
      scope.steps += scope.byName.size;
      return { star: new Map([...output.star, ...scope.byName]) };
    });
  }
  const values = open(list(select, "valuesLists")[0]);
  if (values !== undefined) {
    const taint = everything(list(select, "valuesLists"), scope);
    return list(values.body, "items").map((_, i) => ({ name: `column${i + 1}`, taint }));
  }
  return list(select, "targetList").map((target): Output => {
    const body = open(target)?.body ?? {};
    const value = open(body["val"]);
    const fields = value?.kind === "ColumnRef" ? names(list(value.body, "fields")) : [];
    if (fields.at(-1) === "*") return { star: starOf(fields.at(-2), scope).columns };
    return { name: word(body, "name") ?? figureName(body["val"]), taint: taintOf(body["val"], scope) };
  });
}

const total = (output: Output): Taint =>
  "name" in output
    ? output.taint
    : [...output.star.values()].reduce((sum, taint) => joined(sum, taint), clean);

/** What `*` or `alias.*` gives, by name and in all. */
function starOf(
  alias: string | undefined,
  scope: Scope,
): { columns: ReadonlyMap<string, Taint>; total: Taint } {
  const known = scope.known.stars.get(alias);
  if (known !== undefined) return known;
  const columns = starTaints(alias, scope);
  scope.steps += columns.size;
  const star = { columns, total: total({ star: columns }) };
  scope.known.stars.set(alias, star);
  return star;
}

function starTaints(alias: string | undefined, scope: Scope): ReadonlyMap<string, Taint> {
  const meant =
    alias === undefined ? [...scope.aliases.values()].flat() : (scope.aliases.get(alias) ?? ["query"]);
  if (meant.includes("query")) return scope.byName;
  return new Map(meant.flatMap((source) => (source === "query" ? [] : [...source.tainted])));
}

/** The taint of an expression: of every column that is mentioned in it, also in its sub-selects. */
function taintOf(expression: unknown, scope: Scope): Taint {
  const direct = open(expression)?.kind === "ColumnRef";
  const place = direct ? undefined : placeIn(expression);
  if (place !== undefined) {
    const { path, classes } = taintOf(place.document, scope);
    if (path !== undefined) return { classes, derived: true, path: [...path, ...place.steps] };
  }
  const taint = mentioned(expression, scope);
  return taint.classes.size > 0 && !direct ? computed(taint) : taint;
}

/** The taints of all columns that are mentioned, joined. */
function mentioned(expression: unknown, scope: Scope): Taint {
  let taint = clean;
  walk(expression, (kind, body) => {
    if (++scope.steps > maxSteps) return false;
    // A query inside is looked at once for all that is around it.
    if (kind === "SelectStmt" && body !== expression) {
      const known = scope.known.taints.get(body) ?? mentioned(body, scope);
      scope.known.taints.set(body, known);
      taint = joined(taint, known);
      return false;
    }
    // Whether a value is there, and how many are, is not the value.
    if (kind === "NullTest" && open(body["arg"])?.kind === "ColumnRef") return false;
    if (kind === "FuncCall" && isPlainCount(body)) return false;
    if (kind === "FuncCall") taint = joined(taint, windowed(part(body, "over"), scope));
    if (kind !== "ColumnRef") return undefined;
    const fields = names(list(body, "fields"));
    const column = fields.at(-1) ?? "";
    const qualifier = fields.at(-2);
    if (column === "*") {
      taint = joined(taint, computed(starOf(qualifier, scope).total));
    } else if (qualifier === undefined) {
      taint = joined(taint, scope.byName.get(column) ?? clean);
      if (scope.aliases.has(column)) taint = joined(taint, computed(starOf(column, scope).total));
    } else {
      const meant = scope.aliases.get(qualifier) ?? ["query"];
      for (const source of meant)
        taint = joined(
          taint,
          (source === "query" ? scope.byName.get(column) : source.tainted.get(column)) ?? clean,
        );
    }
    return undefined;
  });
  return taint;
}

/** What a window that is used by its name partitions and orders by. */
function windowed(over: Node, scope: Scope, seen: ReadonlySet<string> = new Set()): Taint {
  let taint = clean;
  for (const name of [word(over, "name"), word(over, "refname")])
    if (name !== undefined && !seen.has(name))
      for (const window of scope.windows.get(name) ?? []) {
        const inner = mentioned([window["partitionClause"], window["orderClause"]], scope);
        const below = { ...window, name: undefined };
        taint = joined(joined(taint, inner), windowed(below, scope, new Set([...seen, name])));
      }
  return taint;
}

const isPlainCount = (call: Node): boolean =>
  names(list(call, "funcname")).at(-1) === "count" &&
  call["agg_filter"] === undefined &&
  call["over"] === undefined &&
  list(call, "args").every((argument) => open(argument)?.kind === "ColumnRef");
