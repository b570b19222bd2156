import { TargetInput } from "../../shared/nouns/target.ts";
import { freshDatabase } from "../db/testing.ts";
import { temporaryFolder } from "../journal/testing.ts";
import { startSshd, type Sshd } from "../protocols/ssh/testing/sshd.ts";
import { openGateway, type TestGateway } from "./testing.ts";

/** A real OpenSSH server, and one gateway for it: with an empty store, a folder of its own, and nothing that it may. */
export type HostDesk = {
  sshd: Sshd;
  store: Awaited<ReturnType<typeof freshDatabase>>;
  data: Awaited<ReturnType<typeof temporaryFolder>>;
  /** A test that starts another one in its place puts it here. */
  gateway: TestGateway;
  stop(): Promise<void>;
};

/** With these policies, and the host as targets of these names with these tags. */
export async function openHostDesk(
  policies: string,
  targets: Readonly<Record<string, Record<string, string>>> = { host: { env: "prod" } },
): Promise<HostDesk> {
  const [sshd, store, data] = await Promise.all([
    startSshd(),
    freshDatabase({ migrate: true }),
    temporaryFolder(),
  ]);
  const gateway = await openGateway(store.url, data.path);
  await gateway.policies.put(policies, { by: "test", comment: "", managed: false });
  for (const [name, tags] of Object.entries(targets)) await putHost(gateway, sshd, name, tags);
  const desk: HostDesk = {
    sshd,
    store,
    data,
    gateway,
    async stop() {
      await desk.gateway.stop();
      await Promise.all([sshd.stop(), store.drop(), data.remove()]);
    },
  };
  return desk;
}

/** Makes the host a target of that name. */
export async function putHost(
  { targets }: Pick<TestGateway, "targets">,
  { asTarget }: Sshd,
  name: string,
  tags: Record<string, string>,
): Promise<void> {
  await targets.put(name, TargetInput.parse({ ...asTarget, tags }), { managed: false });
}

/** Engineers come in and look around; what writes asks the reviewers. */
export const engineersAtHosts = `
@id("enter") permit (principal in Group::"engineers", action == Action::"session.open", resource);
@id("look") permit (principal in Group::"engineers", action in Action::"shell.any", resource)
  when { !context.facts.writes };
@id("ask") @review("reviewers")
permit (principal in Group::"engineers", action in Action::"shell.any", resource) when { context.facts.writes };
`;

/** Cards are hidden, and nothing else is. */
export const hideCards = ({ targets }: Pick<TestGateway, "targets">) =>
  targets.setDataClasses([{ name: "card", description: "", mask: { kind: "redact" }, lookup: false }], [], {
    managed: false,
  });
