import type { Role } from "../../../shared/nouns/actor.ts";

/** Somebody made up, as the demo's issuer describes them. */
export type DemoActor = {
  subject: string;
  name: string;
  /** Shown beside the name. */
  title: string;
  kind: "human" | "workload";
  groups: string[];
  roles: Role[];
  person: string;
  owner?: string;
  /** Client that gets this actor's tokens by client credentials, with the secret `demo`. */
  clientId: string;
};

const human = (subject: string, name: string, clientId: string, group: string, role: Role): DemoActor => ({
  subject,
  name,
  title: role,
  kind: "human",
  groups: [group],
  roles: [role],
  person: subject,
  clientId,
});

export const demoActors: readonly DemoActor[] = [
  human("mara.lindqvist", "Mara Lindqvist", "demo-engineer", "engineers", "engineer"),
  human("tomas.okafor", "Tomas Okafor", "demo-reviewer", "shop-reviewers", "reviewer"),
  human("priya.nair", "Priya Nair", "demo-reviewer-2", "shop-reviewers", "reviewer"),
  human("elif.aydin", "Elif Aydin", "demo-auditor", "auditors", "auditor"),
  human("jonas.weiss", "Jonas Weiss", "demo-admin", "administrators", "administrator"),
  {
    subject: "order-repair-agent",
    name: "order-repair-agent",
    title: "agent",
    kind: "workload",
    groups: ["agents"],
    roles: ["engineer"],
    person: "order-repair-agent",
    owner: "mara.lindqvist",
    clientId: "demo-agent",
  },
];

/** Those who sign in with a browser. */
export const demoPeople = demoActors.filter(({ kind }) => kind === "human");
