import { spawn, type ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** A gateway of the bench's own: the demo, in a folder that goes with it. */
export type Gateway = {
  origin: string;
  /** The embedded PostgreSQL's superuser in one of its databases. */
  postgres(database: string): Promise<string>;
  /** A bearer token of a demo actor. */
  token(client: string): Promise<string>;
  /** A JSON call. Throws where the answer is not 2xx. */
  call(token: string, method: string, path: string, body?: unknown): Promise<unknown>;
  /** One of the process's own figures, out of /metrics. */
  metric(name: "resident_memory_bytes" | "cpu_seconds_total"): Promise<number>;
  /** Has it collect its garbage. */
  collect(): void;
  stop(): Promise<void>;
};

/** Not to be had from outside otherwise. */
const collects = "data:text/javascript,process.on('SIGUSR2',()=>gc())";
const startWithinMs = 120_000;
/** Every client has a session of its own, on each path, beside those that stay idle. */
const sessionsPerActor = 1_000;

/** Starts it. `profileDir`: where it writes a CPU profile at its end. */
export async function startGateway(options: {
  profileDir?: string | undefined;
  log: (line: string) => void;
}): Promise<Gateway> {
  const { profileDir, log } = options;
  const data = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  if (profileDir !== undefined) {
    rmSync(profileDir, { recursive: true, force: true });
    mkdirSync(profileDir, { recursive: true });
  }
  const child = spawn(
    process.execPath,
    [
      ...["--expose-gc", "--import", collects],
      ...(profileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`]),
      fileURLToPath(new URL("./main.js", import.meta.url)),
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        PORT: String(port),
        SLUICE_MODE: "demo",
        SLUICE_DATA: data,
        SLUICE_SESSIONS_PER_ACTOR: String(sessionsPerActor),
        // One actor stands for many.
        SLUICE_REQUESTS_PER_SECOND: "1000000",
        SLUICE_COMMANDS_PER_ACTOR: "10000",
        SLUICE_COMMANDS_PER_TARGET: "10000",
        SLUICE_LOG_LEVEL: "warn",
      },
    },
  );
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "close");
    }
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await ready(child, log);
  } catch (error) {
    await stop();
    throw error;
  }

  const call = async (token: string, method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(token !== "" && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
  const token = async (client: string): Promise<string> => {
    const { scopes } = z.object({ scopes: z.array(z.string()) }).parse(await call("", "GET", "/api/config"));
    const response = await fetch(`${origin}/oidc/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${client}:demo`).toString("base64")}` },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        scope: scopes.filter((scope) => !["openid", "profile", "offline_access"].includes(scope)).join(" "),
      }),
    });
    return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
  };

  return {
    origin,
    call,
    token,
    async postgres(database) {
      const listed = Targets.parse(await call(await token("demo-admin"), "GET", "/api/targets"));
      const shop = listed.targets.find(({ name }) => name === "shop")?.settings;
      if (!shop) throw new Error("the demo has no shop");
      // As server/demo/embedded-postgres.ts makes each role's password from the kept secret.
      const secret = readFileSync(join(data, "secrets", "postgres"), "utf8").trim();
      const password = createHmac("sha256", secret).update("postgres").digest("base64url");
      return `postgres://postgres:${password}@${shop.address.host}:${shop.address.port}/${database}`;
    },
    async metric(name) {
      const metrics = await (await fetch(`${origin}/metrics`)).text();
      const line = metrics.split("\n").find((line) => line.startsWith(`sluice_process_${name} `));
      return Number(line?.split(" ")[1]);
    },
    collect: () => void child.kill("SIGUSR2"),
    stop,
  };
}

const Targets = z.object({
  targets: z.array(
    z.object({
      name: z.string(),
      settings: z.object({ address: z.object({ host: z.string(), port: z.int() }) }).optional(),
    }),
  ),
});

async function ready(child: ChildProcess, log: (line: string) => void): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), startWithinMs);
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.split("\n").filter((line) => line !== "")) log(line);
        if (text.includes("Sluice is ready")) resolve();
      });
      child.once("close", () => reject(new Error("the gateway did not start")));
    });
  } finally {
    clearTimeout(timer);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}
