import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2, { type Client } from "ssh2";
import { startSshd } from "../../server/protocols/ssh/testing/sshd.ts";
import type { Gateway } from "./gateway.ts";

/** A real OpenSSH server that is a target of the gateway's, and the ways to it without the gateway. */
export type Host = {
  /** The target's name. */
  target: string;
  /** A file of text as services log it. */
  log: { path: string; bytes: number; lines: number };
  /** Runs a command with OpenSSH's own client, on its one connection; gives how many bytes it printed. */
  ssh(command: string, how: "exec" | "pty"): Promise<number>;
  /** A connection of ssh2's. */
  connect(): Promise<Client>;
  stop(): Promise<void>;
};

const target = "bench-host";

/** Every hundredth line has an address and a card in it, which are masked. */
function writeLog(path: string, lines: number): void {
  writeFileSync(path, "");
  const chunk: string[] = [];
  for (let n = 0; n < lines; n++) {
    const at = `2026-11-20T09:${String(n % 60).padStart(2, "0")}:33.123Z`;
    const what =
      n % 100 === 0
        ? `order of person${n}@mail.example paid with 4111 1111 1111 1111`
        : `request ${(n * 7919) % 100_003} served in ${n % 97} ms, cache ${n % 3 ? "hit" : "miss"}, worker ${n % 8}`;
    chunk.push(`${at} INFO  shop/web[4711]: ${what.padEnd(62)}\n`);
    if (chunk.length < 10_000) continue;
    appendFileSync(path, chunk.join(""));
    chunk.length = 0;
  }
}

/** Starts Debian's sshd, has its log written, and makes it a target that is tagged as the demo's staging hosts are. */
export async function startHost(gateway: Gateway, lines: number): Promise<Host> {
  const sshd = await startSshd({
    hostKeyTypes: ["ed25519"],
    config: ["MaxStartups 1000", "MaxSessions 1000"],
  });
  const path = join(sshd.folder, "service.log");
  writeLog(path, lines);
  const key = join(sshd.folder, "client-key");
  writeFileSync(key, sshd.privateKey, { mode: 0o600 });
  const control = join(sshd.folder, "control");
  const options = ["-F", "none", "-i", key, "-p", String(sshd.port), "-o", `ControlPath=${control}`];
  const unchecked = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
  const login = `${sshd.user}@127.0.0.1`;
  const master = spawn("ssh", [...options, ...unchecked, "-o", "ControlMaster=yes", "-N", "-q", login], {
    stdio: "ignore",
  });
  const isUp = async () => {
    const asked = spawn("ssh", [...options, "-O", "check", login], { stdio: "ignore" });
    const [code] = await once(asked, "close");
    return code === 0;
  };
  while (!(await isUp()) && master.exitCode === null);
  await gateway.call(await gateway.token("demo-admin"), "PUT", `/api/targets/${target}`, {
    ...sshd.asTarget,
    tags: { env: "staging" },
  });
  return {
    target,
    log: { path, bytes: statSync(path).size, lines },
    async ssh(command, how) {
      const child = spawn("ssh", [...options, how === "pty" ? "-tt" : "-T", "-q", login, command], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let bytes = 0;
      child.stdout.on("data", (chunk: Buffer) => (bytes += chunk.length));
      const [code] = await once(child, "close");
      if (code !== 0) throw new Error(`ssh ended with ${code}: ${command}`);
      return bytes;
    },
    async connect() {
      const client = new ssh2.Client();
      const { user: username, port, privateKey } = sshd;
      client.connect({ host: "127.0.0.1", port, username, privateKey });
      await once(client, "ready");
      return client;
    },
    async stop() {
      master.kill();
      await sshd.stop();
    },
  };
}
