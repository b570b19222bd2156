// `npm run chaos`: two gateways on one store, under load, while gateways, store and target are killed with kill -9, for
// minutes; then clients, target and ledger are compared. `-- --minutes N` (3) or `-- --rounds N` says how long,
// `-- --seed N` repeats the choices. docs/OPERATING.md says what it shows.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, isBuilt } from "./build.mjs";
import { install, requireNode, root } from "./install.mjs";

requireNode();
await install();
const number = { type: "string" };
const { values } = parseArgs({ options: { minutes: number, rounds: number, seed: number } });
const options = Object.entries(values).flatMap(([name, value]) => {
  if (/^\d+(\.\d+)?$/.test(value)) return [`--${name}`, value];
  console.error(`--${name} is a number.`);
  process.exit(2);
});
if (!isBuilt()) await build();
const run = spawn(
  process.execPath,
  ["--import", "tsx", join(root, "tools", "chaos", "main.ts"), ...options],
  { cwd: root, stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => run.kill(signal));
const [code] = await once(run, "close");
process.exitCode = code ?? 1;
