// `npm start`: on a machine with Node.js alone, installs, builds and runs the gateway in this very process, so that
// its signals and exit code are this command's. It is the demo unless SLUICE_MODE or NODE_ENV says production.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { install, requireNode, root } from "./install.mjs";

requireNode();
process.env["SLUICE_MODE"] ||= process.env["NODE_ENV"] === "production" ? "production" : "demo";
await requirePort(process.env["PORT"] || "8080");
await install({ dev: false });

const { isBuilt } = await import("./build.mjs");
if (!isBuilt()) {
  // Apart, so that the gateway does not carry the build's memory.
  const [code] = await once(
    spawn(process.execPath, [join(root, "tools", "build.mjs")], { stdio: "inherit" }),
    "close",
  );
  if (code !== 0) process.exit(1);
}
await import(pathToFileURL(join(root, "dist", "server", "main.js")).href);

/** Asked first, before minutes of installing; the gateway asks again when it listens. */
async function requirePort(port) {
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    console.error(`PORT is ${port}, which is not a port: use a number from 1 to 65535.`);
    process.exit(1);
  }
  const probe = createServer();
  try {
    await once(
      probe.listen({ port: Number(port), host: process.env["SLUICE_HOST"] || "127.0.0.1" }),
      "listening",
    );
  } catch (error) {
    if (error.code === "EADDRINUSE")
      console.error(`Port ${port} is taken. Stop what uses it, or choose another: PORT=8090 npm start`);
    else console.error(`Port ${port} cannot be used (${error.code}). Choose another: PORT=8090 npm start`);
    process.exit(1);
  }
  probe.close();
  await once(probe, "close");
}
