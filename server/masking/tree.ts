/** A node of libpg-query's tree, or one of its parts. The grammar has some 270 kinds, so shapes are met by guards. */
export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const none: Node = {};
/** The part of a node under `key`; an empty node where there is none. */
export const part = (node: Node, key: string): Node => {
  const value = node[key];
  return isNode(value) ? value : none;
};
export const list = (node: Node, key: string): readonly unknown[] => {
  const value = node[key];
  return Array.isArray(value) ? value : [];
};
export const word = (node: Node, key: string): string | undefined => {
  const value = node[key];
  return typeof value === "string" ? value : undefined;
};
/** A byte offset; the tree leaves zero out. */
export const offset = (node: Node, key = "location"): number => {
  const value = node[key];
  return typeof value === "number" ? value : 0;
};

/** Unwraps `{ColumnRef: {...}}` to its kind and body. Some fields hold a body without its wrapper. */
export function open(value: unknown): { kind: string; body: Node } | undefined {
  if (!isNode(value)) return undefined;
  for (const key in value) {
    const body = value[key];
    const first = key.charCodeAt(0);
    if (first >= 65 && first <= 90 && isNode(body)) return { kind: key, body };
    break;
  }
  if (typeof value["relname"] === "string") return { kind: "RangeVar", body: value };
  if ("limitOption" in value) return { kind: "SelectStmt", body: value };
  return undefined;
}

/** Visits every node below `root`, outermost first; a visitor that answers `false` keeps the walk out of a node. */
export function walk(root: unknown, visit: (kind: string, body: Node) => boolean | void): void {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) {
      for (let i = value.length - 1; i >= 0; i--) waiting.push(value[i]);
    } else if (isNode(value)) {
      const opened = open(value);
      if (opened !== undefined && visit(opened.kind, opened.body) === false) continue;
      waiting.push(...Object.values(opened?.body ?? value).reverse());
    }
  }
}

/** The names in a list of `String` nodes; `*` stands for a star. */
export function names(values: readonly unknown[]): string[] {
  const found: string[] = [];
  for (const value of values) {
    const opened = open(value);
    if (opened?.kind === "String") found.push(word(opened.body, "sval") ?? "");
    else if (opened?.kind === "A_Star") found.push("*");
  }
  return found;
}
