// `npm run dev`: the portal with hot reload on PORT (8080), in front of a gateway on the next port that starts again
// when its sources change.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { install, requireNode, root } from "./install.mjs";

const stopWithinMs = 15_000;

requireNode();
await install();

const port = Number(process.env["PORT"] || 8080);
const gatewayPort = port + 1;
// vite.config.ts reads it.
process.env["SLUICE_DEV_ORIGIN"] = `http://127.0.0.1:${gatewayPort}`;

// Node's own watcher, not `tsx watch`: it hands signals on, so that no gateway is left behind.
const gateway = spawn(
  process.execPath,
  ["--watch", "--watch-preserve-output", "--import", "tsx", "server/main.ts"],
  {
    cwd: root,
    stdio: "inherit",
    // A group of its own: the terminal's Ctrl-C reaches it through us alone, once.
    detached: process.platform !== "win32",
    env: {
      ...process.env,
      SLUICE_MODE: process.env["SLUICE_MODE"] || "demo",
      SLUICE_PUBLIC_URL: `http://localhost:${port}`,
      PORT: String(gatewayPort),
    },
  },
);

const { createServer } = await import("vite");
const portal = await createServer({
  configFile: join(root, "vite.config.ts"),
  server: { host: "127.0.0.1", port, strictPort: true },
});
await portal.listen().catch(async (error) => {
  console.error(error.message);
  await stop(1);
});
console.log(`Portal with hot reload: http://localhost:${port}`);

let stopping = false;
async function stop(code) {
  if (stopping) return;
  stopping = true;
  const ended = once(gateway, "close");
  gateway.kill("SIGTERM");
  const impatience = setTimeout(() => gateway.kill("SIGKILL"), stopWithinMs);
  await Promise.all([ended, portal.close()]);
  clearTimeout(impatience);
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void stop(0));
gateway.once("close", (code) => {
  if (!stopping) void portal.close().then(() => process.exit(code ?? 1));
});
