// `npm run verify -- FILE...`: bundles verify.ts, which Node.js 20 cannot read as it is, and runs it.
import { mkdir, rename } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bundle = `${root}/.cache/verify/verify.mjs`;

let rolldown;
try {
  ({ rolldown } = await import("rolldown"));
} catch {
  console.error("The verifier needs the project's packages: run npm ci first.");
  process.exit(2);
}
await mkdir(`${root}/.cache/verify`, { recursive: true });
const build = await rolldown({
  input: `${root}/tools/verify.ts`,
  platform: "node",
  cwd: root,
  logLevel: "silent",
});
// Whole or not at all: another may verify at the same moment, and read it.
const own = `${bundle}.${process.pid}`;
await build.write({ file: own, format: "esm" });
await build.close();
await rename(own, bundle);
const { main } = await import(pathToFileURL(bundle).href);
process.exitCode = await main(process.argv.slice(2));
