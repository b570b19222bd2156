import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config, SealingKey } from "../config/config.ts";
import {
  prepareDatabases,
  shopDatabase,
  shopOwner,
  shopUser,
  storeDatabase,
  storeRole,
} from "./databases.ts";
import { DemoError } from "./demo-error.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { startBastion } from "./bastion/bastion.ts";
import { createDemoIssuer, type DemoIssuer } from "./issuer/issuer.ts";

export { issuerPath } from "./issuer/issuer.ts";
import { kept } from "./kept.ts";
import { seedShop } from "./shop/seed.ts";

/** What the demo stands in for: everything that production is given from outside. */
export type Demo = {
  storeUrl: string;
  sealingKeys: SealingKey[];
  issuer: DemoIssuer;
  /** The declarative file, and the values of the `${NAME}` in it and of its `password: {env: NAME}`. */
  declaration: { file: string; variables: Record<string, string> };
  /** Resolves when the embedded PostgreSQL has ended, asked or not: the gateway cannot go on without it. */
  ended: Promise<void>;
  stop: () => Promise<void>;
};

const sealingKeyBytes = 32;

/**
 * Starts the demo in its data folder: an embedded PostgreSQL with the store and the made-up shop, an SSH host that
 * lives in memory, and the issuer. Refuses outside demo mode. Throws DemoError, whose message is for the person at the keyboard.
 */
export async function startDemo(options: {
  config: Config;
  now: () => number;
  log: (line: string) => void;
}): Promise<Demo> {
  const { config, now, log } = options;
  if (config.mode !== "demo") throw new DemoError("The demo starts in demo mode alone.");
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  const stops = [postgres.stop];
  const stop = async () => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    await prepareDatabases(postgres);
    await seedShop({ url: postgres.urlFor(shopDatabase, shopOwner), asOf: new Date(now()), log });
    const bastion = await startBastion({ dataDir: config.dataDir });
    stops.push(bastion.close);
    const key = kept(join(config.dataDir, "secrets", "sealing-key"), () =>
      randomBytes(sealingKeyBytes).toString("base64"),
    );
    return {
      storeUrl: postgres.urlFor(storeDatabase, storeRole),
      sealingKeys: [{ id: "demo", key: Buffer.from(key, "base64") }],
      issuer: await createDemoIssuer({
        origin: config.publicUrl,
        portalOrigins: config.origins,
        port: config.listen.port,
        dataDir: config.dataDir,
        now,
      }),
      declaration: {
        file: fileURLToPath(new URL("./demo.yaml", import.meta.url)),
        variables: {
          SHOP_HOST: postgres.host,
          SHOP_PORT: String(postgres.port),
          SHOP_PASSWORD: postgres.passwordOf(shopUser),
          BASTION_HOST: bastion.host,
          BASTION_PORT: String(bastion.port),
          BASTION_USER: bastion.user,
          BASTION_HOST_KEY: bastion.hostKey,
          BASTION_KEY: bastion.privateKey,
        },
      },
      ended: postgres.ended,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
