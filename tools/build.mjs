// `npm run build`: the portal into dist/web, the gateway into dist/server.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { install, requireNode, root } from "./install.mjs";

const dist = join(root, "dist");
const stampFile = join(dist, ".sources");
const sources = [
  "package-lock.json",
  "vite.config.ts",
  "tsconfig.base.json",
  "tools/build.mjs",
  "server",
  "shared",
  "web",
];

/** Whether dist/ was built from the sources as they are. */
export function isBuilt() {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === fingerprint();
}

/** By content, so that checking out the same text again builds nothing. Tests change nothing in what runs. */
function fingerprint() {
  const hash = createHash("sha256");
  const add = (path) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  for (const source of sources) {
    if (/\.\w+$/.test(source)) {
      add(source);
      continue;
    }
    const names = readdirSync(join(root, source), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name));
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort())
      add(path.slice(root.length));
  }
  return hash.digest("hex");
}

export async function build() {
  const stamp = fingerprint();
  rmSync(stampFile, { force: true });
  await buildServer();
  await buildWeb();
  writeFileSync(stampFile, stamp);
}

/** Packages stay outside: some bring binaries or WebAssembly that they look for beside themselves. */
async function buildServer() {
  const { rolldown } = await import("rolldown");
  const output = join(dist, "server");
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const bundle = await rolldown({
    cwd: root,
    platform: "node",
    input: {
      main: "server/main.ts",
      // `new URL("./worker.js", import.meta.url)` finds each beside main.js.
      worker: "server/protocols/postgres/parse/worker.js",
      "bastion-worker": "server/demo/bastion/bastion-worker.js",
    },
    external: (id) => !/^[./]/.test(id) && !id.startsWith(root),
  });
  await bundle.write({
    dir: output,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await bundle.close();
  // What the demo reads stands beside the code that reads it, in source and here.
  for (const name of readdirSync(join(root, "server", "demo")))
    if (/\.(yaml|cedar)$/.test(name)) cpSync(join(root, "server", "demo", name), join(output, name));
}

async function buildWeb() {
  const vite = await import("vite");
  await vite.build({ configFile: join(root, "vite.config.ts"), logLevel: "warn", mode: "production" });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode();
  await install({ dev: false });
  const started = Date.now();
  console.log("Building the portal and the gateway.");
  await build();
  console.log(`Built into dist/ (${((Date.now() - started) / 1000).toFixed(1)} s).`);
}
