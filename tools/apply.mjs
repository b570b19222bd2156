// `npm run apply`: applies the declarative file that SLUICE_FILE names to the store, with the gateway's own settings.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { install, requireNode, root } from "./install.mjs";
import { build, isBuilt } from "./build.mjs";

requireNode();
await install({ dev: false });
if (!isBuilt()) await build();
const { status } = spawnSync(process.execPath, [join(root, "dist", "server", "main.js"), "apply"], {
  stdio: "inherit",
  env: { ...process.env, SLUICE_MODE: process.env.SLUICE_MODE || "production" },
});
process.exit(status ?? 1);
