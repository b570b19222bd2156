// `npm run apply`, `npm run keys -- rotate`: what the gateway's program does besides serving, with the gateway's own
// settings, while gateways run.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { install, requireNode, root } from "./install.mjs";
import { build, isBuilt } from "./build.mjs";

requireNode();
await install({ dev: false });
if (!isBuilt()) await build();
const main = join(root, "dist", "server", "main.js");
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, SLUICE_MODE: process.env.SLUICE_MODE || "production" },
});
process.exit(status ?? 1);
