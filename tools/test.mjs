// `npm test`: installs what it needs, then runs every check and suite, and ends with one line that adds them up.
// `npm test -- unit e2e` runs only the steps named.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, requireNode } from "./install.mjs";
import { bothTries, countOf, failedSuites } from "./second-try.mjs";
import { failuresOf } from "./failures.mjs";
import { postgres15, suites } from "./postgres15.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = join(root, ".cache", "reports");

/** Chromium from Debian's package, or wherever CHROMIUM says. */
function chromium() {
  const places = [
    process.env.CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  return places.find((place) => place && existsSync(place));
}

/** Runs one command with its output shown; resolves with whether it succeeded. */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}
const bin = (name) => join(root, "node_modules", ".bin", name);

/** A report that a runner wrote, or nothing where it died before. */
function report(name) {
  const file = join(reports, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

const check = (command, args) => async () =>
  (await run(command, args)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };

/** More suites than this do not fail together by accident. */
const maxSuitesAgain = 5;

/** Runs vitest's suites of the given paths, all where there are none; what failed once more, in a process of its own. */
const vitest =
  (name, paths = [], env = () => ({})) =>
  async () => {
    const added = env();
    if (added === undefined) return { passed: 0, failed: 1 };
    const suitesOf = async (file, which) => {
      const ok = await run(
        bin("vitest"),
        [
          "run",
          ...which,
          "--reporter=default",
          "--reporter=json",
          `--outputFile.json=${join(reports, file)}`,
        ],
        added,
      );
      return countOf(report(file), ok);
    };
    const first = await suitesOf(`${name}.json`, paths);
    const again = failedSuites(report(`${name}.json`));
    if (first.failed === 0 || again.length === 0 || again.length > maxSuitesAgain) return first;
    console.log(`\nOnce more: ${again.join(", ")}`);
    return bothTries(first, await suitesOf(`${name}-again.json`, again), report(`${name}.json`));
  };

/** Each step answers how many of its tests passed and failed; a runner that dies counts as one failure more. */
const steps = {
  format: check(bin("oxfmt"), ["--check", "."]),
  lint: check(bin("oxlint"), ["--type-aware", "--deny-warnings"]),
  types: check(bin("tsc"), ["--build"]),
  unused: check(bin("knip"), []),
  unit: vitest("unit"),
  // Whatever asks a target once more, on the PostgreSQL that Debian brings.
  unit15: vitest("unit15", suites, () => {
    const folder = postgres15();
    return folder && { SLUICE_TEST_POSTGRES_BIN: folder };
  }),
  build: check(process.execPath, [join(root, "tools", "build.mjs")]),
  edge: check(bin("wrangler"), ["deploy", "--dry-run", "--outdir", join(root, ".cache", "edge")]),
  async e2e() {
    const browser = chromium();
    if (!browser) {
      console.error(
        "Chromium is missing. Install it (Debian: apt-get install chromium), or set CHROMIUM to its path.",
      );
      return { passed: 0, failed: 1 };
    }
    const ok = await run(bin("playwright"), ["test", "--config", "e2e/playwright.config.ts"], {
      CHROMIUM: browser,
      PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, "e2e.json"),
    });
    const stats = report("e2e.json")?.stats;
    const failed = stats ? stats.unexpected + stats.skipped : 0;
    return {
      passed: stats ? stats.expected + stats.flaky : 0,
      failed: ok ? failed : Math.max(1, failed),
      tries: stats?.flaky ?? 0,
    };
  },
};

requireNode();
await install();
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(", ")}. The steps: ${Object.keys(steps).join(", ")}.`);
  process.exit(2);
}
const total = { passed: 0, failed: 0 };
const lines = [];
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n— ${name}`);
  const started = Date.now();
  const { passed, failed, tries = 0 } = await step();
  total.passed += passed;
  total.failed += failed;
  lines.push(
    `${failed === 0 ? "✓" : "✗"} ${name}: ${passed} passed${tries > 0 ? `, ${tries} of them at the second try` : ""}, ${failed} failed, ${Math.round((Date.now() - started) / 1000)} s`,
  );
}
// Once more at the end, where whoever has only the end of a long log looks.
for (const name of Object.keys(steps)) {
  for (const tried of [name, `${name}-again`]) {
    const failures = failuresOf(tried, report(`${tried}.json`));
    if (failures) console.log(failures);
  }
}
console.log(`\n${lines.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
