// `npm run nightly`: thousands of generated cases, on PostgreSQL 18 and 15, with a new seed each day, and a crash
// before every request.
// SLUICE_CASES and SLUICE_SEED repeat a run: both are printed first.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, requireNode } from "./install.mjs";
import { postgres15 } from "./postgres15.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const suites = [
  "server/masking/generated",
  "server/masking/tangled",
  "server/masking/attacker",
  "server/masking/corpus",
  "server/protocols/postgres/facts/attribution",
  "server/main/crash",
];
const dayMs = 86_400_000;

requireNode();
await install();
const older = postgres15();
const generated = {
  SLUICE_CRASH_POINTS_APART: "1",
  SLUICE_CASES: process.env.SLUICE_CASES || "10000",
  SLUICE_SEED: process.env.SLUICE_SEED || String(Math.floor(Date.now() / dayMs)),
};
generated.SLUICE_GENERATED = process.env.SLUICE_GENERATED || generated.SLUICE_CASES;
console.log(
  Object.entries(generated)
    .map(([name, value]) => `${name}=${value}`)
    .join(" "),
);

const failed = [];
for (const [name, bin] of [
  ["PostgreSQL 18", ""],
  ["PostgreSQL 15", older],
]) {
  console.log(`\n— ${name}`);
  const vitest = join(root, "node_modules", ".bin", "vitest");
  const env = { ...process.env, ...generated, SLUICE_TEST_POSTGRES_BIN: bin };
  if (
    bin === undefined ||
    spawnSync(vitest, ["run", ...suites], { cwd: root, stdio: "inherit", env }).status !== 0
  )
    failed.push(name);
}
console.log(failed.length === 0 ? "\nNothing failed." : `\nFailed on ${failed.join(" and ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
