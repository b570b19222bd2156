import { test as base } from "@playwright/test";
import { type Client, type DemoClient, signedIn } from "./client.ts";
import { demoFolder, type Gateway, startGateway } from "./gateway.ts";
import { signIn } from "./sign-in.ts";

type Shared = {
  /** One running gateway for all tests of a worker: leave it as a good guest does. */
  gateway: Gateway;
  /** A REST client of one of the demo's actors at that gateway. */
  as: (who: DemoClient) => Promise<Client>;
};
type Mine = {
  /** Signs a page in at the shared gateway as one of the demo's people, by name. */
  enter: (page: import("@playwright/test").Page, name: string) => Promise<void>;
};

/** Enough for all tests of a worker together; the bound itself is tested at a gateway of its own. */
const manySessions = "400";
/** A busy machine takes long for a million rows. */
const patientMs = "280000";

export const test = base.extend<Mine, Shared>({
  gateway: [
    async ({}, use) => {
      const folder = demoFolder();
      const gateway = await startGateway({
        dataDir: folder.path,
        env: { SLUICE_SESSIONS_PER_ACTOR: manySessions, SLUICE_STATEMENT_TIMEOUT_MS: patientMs },
      });
      await use(gateway);
      await gateway.stop();
      folder.remove();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  as: [
    async ({ gateway }, use) => {
      const known = new Map<DemoClient, Promise<Client>>();
      await use((who) => {
        const client = known.get(who) ?? signedIn(gateway.url, who);
        known.set(who, client);
        return client;
      });
    },
    { scope: "worker" },
  ],
  enter: async ({ gateway }, use) => {
    await use((page, name) => signIn(page, gateway.url, name));
  },
});

export { expect } from "@playwright/test";
