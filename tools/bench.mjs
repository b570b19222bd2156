// `npm run bench`: what the gateway costs, beside the same work done directly. Bundles the gateway as `npm start` does,
// starts one of its own in a temporary folder and measures both in one run. `--quick` takes fewer samples, `--profile`
// also writes a CPU profile of the gateway and says where its time went, `--hosts` measures hosts alone. docs/BENCHMARKS.md has the method.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { install, requireNode, root } from "./install.mjs";

requireNode();
await install();
const options = new Set(process.argv.slice(2));
const known = ["--quick", "--profile", "--hosts"];
for (const option of options)
  if (!known.includes(option)) {
    console.error(`There is no option ${option}. The options: ${known.join(", ")}.`);
    process.exit(2);
  }

const output = join(root, ".cache", "bench", "server");
const { rolldown } = await import("rolldown");
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
/** Apart, so that the gateway's own bundle is what `npm start` runs. */
async function bundle(input) {
  const bundled = await rolldown({
    cwd: root,
    platform: "node",
    input,
    external: (id) => !/^[./]/.test(id) && !id.startsWith(root),
  });
  await bundled.write({
    dir: output,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
  });
  await bundled.close();
}
await bundle({
  main: "server/main.ts",
  worker: "server/protocols/postgres/parse/worker.js",
  "bastion-worker": "server/demo/bastion/bastion-worker.js",
});
await bundle({ bench: options.has("--hosts") ? "tools/bench/ssh-main.ts" : "tools/bench/main.ts" });
for (const name of readdirSync(join(root, "server", "demo")))
  if (/\.(yaml|cedar)$/.test(name)) cpSync(join(root, "server", "demo", name), join(output, name));

const bench = spawn(process.execPath, [join(output, "bench.js"), ...options], {
  cwd: root,
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => bench.kill(signal));
const [code] = await once(bench, "close");
process.exitCode = code ?? 1;
