import { mkdirSync } from "node:fs";
import { pino } from "pino";
import { Actor, type Role } from "../../shared/nouns/actor.ts";
import { TargetInput } from "../../shared/nouns/target.ts";
import { loadConfig } from "../config/load.ts";
import { createGate, type Gate } from "../gate/gate.ts";
import { createTerminals } from "../gate/terminals.ts";
import { createViewers } from "../gate/viewers.ts";
import { lay, type Foundation, type Undo } from "./foundation.ts";

/** One gateway process without its door: every room, on a given store, as production has them. */
export type TestGateway = Foundation & {
  gate: Gate;
  /** What it would have logged. */
  errors: unknown[];
  /** Moves its clock for what it takes up after others have died; in milliseconds. */
  wait(ms: number): void;
  stop(): Promise<void>;
};

/** Any key: the same for all processes on one store. */
const sealingKey = Buffer.alloc(32, 7).toString("base64");

/** What a gateway in production is told, at the least. */
export const settingsOf = (storeUrl: string, folder: string) => ({
  SLUICE_MODE: "production",
  SLUICE_STORE_URL: storeUrl,
  SLUICE_SEALING_KEY: sealingKey,
  SLUICE_ISSUER: "https://issuer.test",
  SLUICE_AUDIENCE: "sluice",
  SLUICE_CLIENT_ID: "portal",
  SLUICE_SCOPE: "sluice",
  SLUICE_PUBLIC_URL: "https://sluice.test",
  SLUICE_DATA: folder,
  SLUICE_PARSER_WORKERS: "1",
});

/** How long what runs may take to say how it ended, where a test stops its gateway under it. */
const stopMs = 20_000;

export async function openGateway(
  storeUrl: string,
  folder: string,
  { settings = {}, ...options }: { workEveryMs?: number; settings?: Record<string, string> } = {},
): Promise<TestGateway> {
  const { config, secrets } = loadConfig({ ...settingsOf(storeUrl, folder), ...settings }, folder);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const errors: unknown[] = [];
  const undo: Undo = [];
  let waitedMs = 0;
  const foundation = await lay(config, secrets, pino({ enabled: false }), undo, options);
  const now = () => Date.now() + waitedMs;
  const onError = (error: unknown) => errors.push(error);
  const gate = createGate({
    ...foundation,
    viewers: createViewers(),
    terminals: createTerminals(),
    now,
    onError,
  });
  undo.push(gate.close);
  return {
    ...foundation,
    gate,
    errors,
    wait: (ms) => void (waitedMs += ms),
    async stop() {
      await gate.drain(0, stopMs);
      for (const step of undo.toReversed()) await step();
    },
  };
}

export function someone(name: string, groups: string[], roles: Role[] = []): Actor {
  return Actor.parse({
    id: `issuer.test|${name}`,
    kind: "human",
    name,
    issuer: "https://issuer.test",
    subject: name,
    groups,
    roles,
    person: name,
    tokenExpiresAt: "2099-01-01T00:00:00.000Z",
  });
}

export const engineer = someone("mara", ["engineers"]);
export const reviewer = someone("tomas", ["reviewers"], ["reviewer"]);
export const auditor = someone("elif", [], ["auditor"]);

/** Engineers read and write as they like on env=open; elsewhere one reviewer decides what they write. */
export const policies = `
@id("enter") permit (principal in Group::"engineers", action == Action::"session.open", resource);
@id("read") permit (principal in Group::"engineers", action in Action::"sql.read", resource);
@id("write") permit (principal in Group::"engineers", action in Action::"sql.any", resource in Tag::"env=open");
@id("ask") @review("reviewers")
permit (principal in Group::"engineers", action in Action::"sql.any", resource in Tag::"env=prod");
`;

/** A target at that address, by the name of its tag: `open` or `prod`. */
export async function addTarget(
  { targets }: TestGateway,
  env: "open" | "prod",
  { url, port }: { url: string; port?: number },
): Promise<void> {
  const { hostname, port: ownPort, username, pathname } = new URL(url);
  const input = TargetInput.parse({
    kind: "postgres",
    host: hostname,
    port: port ?? Number(ownPort),
    database: pathname.slice(1),
    user: username,
    tls: "off",
    tags: { env },
  });
  await targets.put(env, input, { managed: false });
}
