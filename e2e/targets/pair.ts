import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, clientWith, type DemoClient, demoToken } from "./client.ts";
import { dataFolder, type Gateway, startGateway } from "./gateway.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { freePort } from "./gateway.ts";

const policies = fileURLToPath(new URL("../../server/demo/policies.cedar", import.meta.url));

/** Two gateways in production mode, each a process of its own, on one store; its database is their target as well. */
export type Pair = {
  here: Gateway;
  there: Gateway;
  target: Postgres;
  /** A client of one of the demo's actors at one of them. */
  as(who: DemoClient, at: Gateway): Promise<Client>;
  stop(): Promise<void>;
};

/** `issuer`: a gateway in demo mode, whose issuer both trust. The targets are called `prod` and `staging`, by their tags. */
export async function startPair(issuer: Gateway, settings: Record<string, string> = {}): Promise<Pair> {
  const target = await startPostgres(
    "create table stock (id int primary key, note text not null); insert into stock values (1, ''), (2, '')",
  );
  const folders = [dataFolder(), dataFolder()];
  const sealing = randomBytes(32).toString("base64");
  const { user, password, host, port, database } = target.asTarget;
  const start = async (dataDir: string) => {
    const own = await freePort();
    return startGateway({
      dataDir,
      port: own,
      env: {
        SLUICE_MODE: "production",
        SLUICE_HOST: "127.0.0.1",
        SLUICE_PUBLIC_URL: `http://localhost:${own}`,
        SLUICE_STORE_URL: `postgres://${user}:${password}@${host}:${port}/${database}`,
        SLUICE_SEALING_KEY: sealing,
        SLUICE_ISSUER: `${issuer.url}/oidc`,
        SLUICE_AUDIENCE: "sluice",
        SLUICE_CLIENT_ID: "sluice-portal",
        SLUICE_SCOPE: "sluice",
        SLUICE_CLAIM_PERSON: "person",
        SLUICE_CLAIM_KIND: "kind",
        ...settings,
      },
    });
  };
  // One after the other: the first migrates the store and makes its key.
  const here = await start(folders[0]?.path ?? "");
  const there = await start(folders[1]?.path ?? "");
  const as = async (who: DemoClient, at: Gateway) => clientWith(at.url, await demoToken(issuer.url, who));
  const admin = await as("demo-admin", here);
  await admin.put("/api/policies", { text: readFileSync(policies, "utf8"), comment: "" });
  for (const env of ["prod", "staging"])
    await admin.put(`/api/targets/${env}`, { ...target.asTarget, tags: { env } });
  return {
    here,
    there,
    target,
    as,
    async stop() {
      await Promise.all([here.stop(), there.stop()]);
      await target.stop();
      for (const folder of folders) folder.remove();
    },
  };
}

/** The demo issuer's own private key, as somebody would hold it who is the issuer. */
export function issuerKey({ dataDir }: Gateway): { jwk: Record<string, unknown> } {
  return JSON.parse(readFileSync(join(dataDir, "secrets", "demo-issuer"), "utf8"));
}
