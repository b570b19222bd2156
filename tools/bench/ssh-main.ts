import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { startGateway } from "./gateway.ts";
import { printAims, round } from "./print.ts";
import { summariseProfile } from "./profile.ts";
import { printSsh, sshAimsOf } from "./ssh-report.ts";
import { measureSsh } from "./ssh.ts";

/** `npm run bench -- --hosts`: terminals and commands on a host alone. */
const output = ".cache/bench";
const quick = process.argv.includes("--quick");
const profileDir = process.argv.includes("--profile") ? `${output}/profile` : undefined;
const say = (line: string) => console.log(line);

const gateway = await startGateway({ profileDir, log: say });
try {
  const cost = await measureSsh(gateway, quick ? "quick" : "full", say);
  const load = loadavg();
  mkdirSync(output, { recursive: true });
  writeFileSync(`${output}/hosts.json`, `${JSON.stringify({ load, ...cost }, undefined, 2)}\n`);
  say(`\nNode ${process.versions.node}, ${cpus().length} cores, load ${load.map(round).join(" ")}\n`);
  say(`${printSsh(cost)}\n\n${printAims(sshAimsOf(cost))}`);
} finally {
  await gateway.stop();
}
if (profileDir !== undefined) say(`\n${summariseProfile(profileDir)}`);
