import type { Findings } from "./findings.ts";
import type { Scope } from "./scope.ts";

/** Names of what a query gives out; `open` where there may be more. */
export type Output = { columns: string[]; open: boolean };

/** The walk over one statement: leaves take it instead of importing each other. */
export type Walker = {
  findings: Findings;
  /** Everything below a node or a list of nodes, in a scope. */
  visit(value: unknown, scope: Scope): void;
  /** A statement node, wrapped in its kind, inside another or at the top. */
  statement(node: unknown, scope: Scope): Output;
  /** The same walk with other findings. */
  with(findings: Findings): Walker;
};

const [upperA, upperZ] = ["A".charCodeAt(0), "Z".charCodeAt(0)];

/** The kind and the fields of a wrapped node (`{ SelectStmt: {...} }`), which has no other key; undefined for anything else. */
export function unwrap(node: unknown): [kind: string, fields: object] | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  for (const kind in node) {
    const first = kind.charCodeAt(0);
    if (first < upperA || first > upperZ) return undefined;
    const fields: unknown = Reflect.get(node, kind);
    return typeof fields === "object" && fields !== null ? [kind, fields] : undefined;
  }
  return undefined;
}

/** The strings of a list of String nodes. */
export function strings(nodes: readonly unknown[] | undefined): string[] {
  const found: string[] = [];
  for (const node of nodes ?? []) {
    if (typeof node !== "object" || node === null || !("String" in node)) continue;
    const { String: string } = node;
    if (typeof string !== "object" || string === null || !("sval" in string)) continue;
    if (typeof string.sval === "string") found.push(string.sval);
  }
  return found;
}
