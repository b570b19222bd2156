// What every command needs first: a Node.js that is new enough, and the packages that package-lock.json names.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const lockFile = join(root, "package-lock.json");
const modules = join(root, "node_modules");
/** npm's own note of what it installed. */
const installedFile = join(modules, ".package-lock.json");
const stampFile = join(modules, ".sluice-installed");

/** Says so and ends the process where Node.js is too old: 20.19, or from 22 on 22.12. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 23) return;
  console.error(
    `Sluice needs Node.js 20.19 or later, or 22.12 or later; this is ${process.versions.node}. See https://nodejs.org/en/download`,
  );
  process.exit(1);
}

/** Runs `npm ci` unless what the lock file names is there. Without `dev` the packages of tests are left out. */
export async function install({ dev = true } = {}) {
  const hash = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  const wanted = `${hash} ${process.platform}-${process.arch} ${dev ? "all" : "runtime"}`;
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== wanted) {
    if (!complete(dev)) await npmCi(dev);
    writeFileSync(stampFile, wanted);
  }
}

/** Whether every package that the lock file asks for is there in its version. */
function complete(dev) {
  if (!existsSync(installedFile)) return false;
  const { packages: locked } = JSON.parse(readFileSync(lockFile, "utf8"));
  const { packages: installed } = JSON.parse(readFileSync(installedFile, "utf8"));
  return Object.entries(locked).every(([path, entry]) => {
    if (path === "" || entry.link || (!dev && entry.dev)) return true;
    const found = installed[path];
    if (found === undefined) return Boolean(entry.optional || entry.devOptional);
    return found.version === entry.version && existsSync(join(root, path));
  });
}

async function npmCi(dev) {
  console.log(
    `Installing packages${dev ? "" : " (without those of tests)"}. This takes a minute, once for each version of package-lock.json.`,
  );
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...(dev ? [] : ["--omit=dev"])];
  const started = Date.now();
  // npm hands its own program to what it runs; without it, the one on the path.
  const npm = process.env["npm_execpath"];
  const child = npm?.endsWith(".js")
    ? spawn(process.execPath, [npm, ...args], { cwd: root, stdio: "inherit" })
    : spawn("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  const [code] = await once(child, "close");
  if (code !== 0) {
    console.error("npm ci failed: see above. Nothing was started.");
    process.exit(1);
  }
  console.log(`Packages are installed (${Math.round((Date.now() - started) / 1000)} s).`);
}
