import { Refusal } from "../../shared/contract/errors.ts";
import type { Parsed } from "../protocols/postgres/facts/meaning.ts";
import { maxGiven } from "./looked-for.ts";
import type { Edit, Rewritten } from "./rewrite.ts";
import { lastIndex } from "./sql-text.ts";
import type { AppliedLookup } from "./sub-select.ts";
import { isNode, list, names, offset, open, part, walk, word, type Node } from "./tree.ts";

const isOf = <K extends Edit["kind"]>(edit: Edit, kind: K): edit is Extract<Edit, { kind: K }> =>
  edit.kind === kind;

type RelationEdit = Extract<Edit, { kind: "relation" }>;

/**
 * Compares the tree of the rewritten text with the one that was intended: the original tree, with each edit in its
 * place and every byte offset moved by what was inserted before it. Throws `masking_refused` at any other difference.
 */
export function confirm(parsedRewritten: Pick<Parsed, "text" | "tree">, rewritten: Rewritten): void {
  /** Where the comparison stands: keys and indexes from the root. */
  const trail: (string | number)[] = [];
  const differs = (where = trail.join(".")): never => {
    throw new Refusal("masking_refused", "The rewritten statement does not read as it was meant to.", {
      hint: "Write the statement in a plainer form, with an alias for each table and its columns named instead of *.",
      extra: { at: where },
    });
  };
  if (parsedRewritten.text !== rewritten.sql) differs("text");
  const { edits, moved } = rewritten;
  const byKind = new Map<Edit["kind"], Edit[]>();
  for (const edit of edits.toSorted((a, b) => a.splice.span.start - b.splice.span.start)) {
    const ofKind = byKind.get(edit.kind);
    if (ofKind === undefined) byKind.set(edit.kind, [edit]);
    else ofKind.push(edit);
  }
  const editAt = <K extends Edit["kind"]>(kind: K, at: number): Extract<Edit, { kind: K }> | undefined => {
    const ofKind = byKind.get(kind) ?? [];
    const edit = ofKind[lastIndex(ofKind, ({ splice }) => splice.span.start <= at)];
    return edit !== undefined && isOf(edit, kind) && at < edit.splice.span.end ? edit : undefined;
  };
  const done = new Set<Edit>();

  const same = (was: unknown, is: unknown): void => {
    if (Array.isArray(was) || Array.isArray(is)) {
      if (!Array.isArray(was) || !Array.isArray(is)) return differs();
      const rest = trail.at(-1) === "groupClause" ? withoutInserted(was, is) : is;
      if (rest.length !== was.length) return differs();
      return was.forEach((value, i) => {
        trail.push(i);
        same(value, rest[i]);
        trail.pop();
      });
    }
    if (!isNode(was) || !isNode(is)) return was === is ? undefined : differs();
    if (edited(was, is)) return;
    for (const key of Object.keys(was)) sameField(was, is, key);
    for (const key of Object.keys(is)) if (!Object.hasOwn(was, key)) sameField(was, is, key);
  };

  const sameField = (was: Node, is: Node, key: string): void => {
    trail.push(key);
    if (typeof (was[key] ?? is[key]) === "number" && positions.test(key)) samePlace(was, is, key);
    else same(was[key], is[key]);
    trail.pop();
  };

  const samePlace = (was: Node, is: Node, key: string): void => {
    const before = offset(was, key);
    if (before < 0) return;
    const after = offset(is, key);
    if (key === "stmt_len") {
      const start = offset(was, "stmt_location");
      if (before === 0 ? after !== 0 : offset(is, "stmt_location") + after !== moved(start + before))
        differs();
    } else if (
      key === "stmt_location" ? after !== (before === 0 ? 0 : moved(before)) : after !== moved(before)
    )
      differs();
  };

  const edited = (was: Node, is: Node): boolean => {
    const opened = open(was);
    if (opened === undefined || !(opened.kind in was)) return false;
    const at = offset(opened.body);
    if (opened.kind === "RangeVar") {
      const edit = editAt("relation", at);
      if (edit === undefined) return false;
      if (!isSubSelect(is, opened.body, edit)) differs();
      done.add(edit);
      return true;
    }
    if (opened.kind === "RangeTableSample") {
      const table = open(opened.body["relation"]);
      const edit = table && editAt("relation", offset(table.body));
      if (table === undefined || edit === undefined) return false;
      const sample = edits.find((other) => other.kind === "sample" && other.of === edit.splice);
      if (sample === undefined || !isSubSelect(is, table.body, edit, opened.body)) differs();
      else done.add(edit).add(sample);
      return true;
    }
    if (opened.kind === "A_Expr") {
      const edit = editAt("lookup", at);
      if (edit === undefined) return false;
      if (!isFoundTest(is, edit)) differs();
      done.add(edit);
      return true;
    }
    if (opened.kind === "ColumnRef") {
      const edit = editAt("reference", at);
      if (edit === undefined) return false;
      const now = open(is);
      if (now?.kind !== "ColumnRef" || !equal(names(list(now.body, "fields")), edit.fields)) differs();
      done.add(edit);
      return true;
    }
    return false;
  };

  const withoutInserted = (was: readonly unknown[], is: readonly unknown[]): readonly unknown[] => {
    const rest = [...is];
    was.forEach((value, i) => {
      const opened = open(value);
      const at = opened && offset(opened.body);
      const edit = edits.find((one) => one.kind === "grouping" && one.anchor === at);
      if (edit?.kind !== "grouping" || done.has(edit)) return;
      const added = rest.splice(i, edit.columns.length);
      const right = added.every((item, k) => {
        const now = open(item);
        return (
          now?.kind === "ColumnRef" && equal(names(list(now.body, "fields")), [edit.alias, edit.columns[k]])
        );
      });
      if (!right || added.length !== edit.columns.length) differs("groupClause");
      done.add(edit);
    });
    return rest;
  };

  same(rewritten.original.tree, parsedRewritten.tree);
  if (done.size !== edits.length) differs("edits");
}

const positions = /(?:location|_start|_end|stmt_len)$/;
const equal = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

function isSubSelect(is: Node, was: Node, edit: RelationEdit, sample?: Node): boolean {
  const now = open(is);
  if (now?.kind !== "RangeSubselect" || now.body["lateral"] === true) return false;
  const alias = part(now.body, "alias");
  if (word(alias, "aliasname") !== edit.alias) return false;
  if (!equal(names(list(alias, "colnames")), names(list(part(was, "alias"), "colnames")))) return false;
  const query = open(now.body["subquery"]);
  if (query?.kind !== "SelectStmt") return false;
  const allowed = new Set(["targetList", "fromClause", "whereClause", "limitOption", "op"]);
  if (Object.keys(query.body).some((key) => !allowed.has(key)) || query.body["op"] !== "SETOP_NONE")
    return false;
  const from = list(query.body, "fromClause");
  const first = open(from[0]);
  if (sample !== undefined && (first?.kind !== "RangeTableSample" || !sameSample(sample, first.body)))
    return false;
  const source = sample === undefined ? first : open(first?.body["relation"]);
  if (from.length !== 1 || source?.kind !== "RangeVar") return false;
  const inside = part(source.body, "alias");
  if ((word(inside, "aliasname") ?? edit.relation.name) !== edit.alias || "colnames" in inside) return false;
  if (
    word(source.body, "schemaname") !== edit.relation.schema ||
    word(source.body, "relname") !== edit.relation.name
  )
    return false;
  if ((source.body["inh"] === true) === edit.only) return false;
  const targets = list(query.body, "targetList").map((target) => {
    const body = open(target)?.body ?? {};
    const value = open(body["val"]);
    return (
      word(body, "name") ??
      (value?.kind === "ColumnRef" ? names(list(value.body, "fields")).at(-1) : undefined)
    );
  });
  if (!equal(targets, edit.columns)) return false;
  return isWhere(query.body["whereClause"], edit);
}

/** The look-ups of a relation, each held to as many literals as it names, and nothing else. */
function isWhere(where: unknown, { alias, lookups }: RelationEdit): boolean {
  if (lookups.length === 0) return where === undefined;
  const conjuncts = lookups.length === 1 ? [where] : arms(where, "AND_EXPR");
  const isOn = (
    value: unknown,
    { column, citext = "pg_catalog" }: AppliedLookup,
    kind: string,
    against: (node: unknown) => boolean,
  ): boolean => {
    const now = open(value);
    if (now?.kind !== "A_Expr" || now.body["kind"] !== kind) return false;
    const left = open(now.body["lexpr"]);
    return (
      equal(names(list(now.body, "name")), [citext, "="]) &&
      left?.kind === "ColumnRef" &&
      equal(names(list(left.body, "fields")), [alias, column]) &&
      against(now.body["rexpr"])
    );
  };
  return (
    conjuncts.length === lookups.length &&
    lookups.every((lookup, i) => {
      const { values, array, parameter } = lookup;
      const conjunct = conjuncts[i];
      if (parameter !== undefined)
        return isOn(conjunct, lookup, "AEXPR_OP_ANY", (node) => isGiven(node, parameter));
      if (array !== undefined)
        return isOn(conjunct, lookup, "AEXPR_OP_ANY", (node) => {
          const cast = open(node);
          const held = open(cast?.kind === "TypeCast" ? cast.body["arg"] : node);
          const elements = held?.kind === "A_ArrayExpr" ? list(held.body, "elements") : [];
          return elements.length === values.length && elements.every(isValue);
        });
      const each = values.length === 1 ? [conjunct] : arms(conjunct, "OR_EXPR");
      return each.length === values.length && each.every((one) => isOn(one, lookup, "AEXPR_OP", isValue));
    })
  );
}

function arms(value: unknown, operator: "AND_EXPR" | "OR_EXPR"): readonly unknown[] {
  const now = open(value);
  return now?.kind === "BoolExpr" && now.body["boolop"] === operator ? list(now.body, "args") : [];
}

function isValue(value: unknown): boolean {
  const now = open(value);
  if (now?.kind === "TypeCast") return isValue(now.body["arg"]);
  return now?.kind === "A_Const" || now?.kind === "ParamRef";
}

/** The array of one parameter, where it is small: nothing else may be mentioned. */
function isGiven(value: unknown, parameter: number): boolean {
  const allowed = new Set([
    "CaseExpr",
    "CaseWhen",
    "A_Expr",
    "FuncCall",
    "TypeCast",
    "ParamRef",
    "A_Const",
    "String",
  ]);
  const called: string[] = [];
  let given = true;
  walk(value, (kind, body) => {
    if (!allowed.has(kind) && kind !== "Integer") given = false;
    if (kind === "ParamRef" && body["number"] !== parameter) given = false;
    if (kind === "A_Const" && part(body, "ival")["ival"] !== maxGiven) given = false;
    if ("defresult" in body) given = false;
    if (kind === "FuncCall") called.push(names(list(body, "funcname")).join("."));
    if (kind === "A_Expr") called.push(names(list(body, "name")).join("."));
  });
  const now = open(value);
  return given && now?.kind === "CaseExpr" && equal(called, ["pg_catalog.<=", "pg_catalog.cardinality"]);
}

const sameSample = (was: Node, is: Node): boolean =>
  ["method", "args", "repeatable"].every((key) => withoutPlaces(was[key]) === withoutPlaces(is[key]));
const withoutPlaces = (value: unknown): string | undefined =>
  JSON.stringify(value, (key, item: unknown) => (positions.test(key) ? undefined : item));

function isFoundTest(is: Node, edit: Extract<Edit, { kind: "lookup" }>): boolean {
  const now = open(is);
  if (edit.column === "") return now?.kind === "A_Const" && part(now.body, "boolval")["boolval"] === true;
  if (now?.kind !== "NullTest" || now.body["nulltesttype"] !== "IS_NOT_NULL") return false;
  const argument = open(now.body["arg"]);
  return (
    argument?.kind === "ColumnRef" && equal(names(list(argument.body, "fields")), [edit.alias, edit.column])
  );
}
