import { Actor } from "../../shared/nouns/actor.ts";
import type { SqlFacts } from "../../shared/nouns/facts.ts";
import { PostgresTarget, SshTarget } from "../../shared/nouns/target.ts";

/** Made-up actors, targets and facts for tests of policies. */
export function actorOf(kind: "human" | "workload", groups: string[], name = "mara"): Actor {
  return Actor.parse({
    id: `issuer.test|${name}`,
    kind,
    name,
    issuer: "https://issuer.test",
    subject: name,
    groups,
    roles: [],
    person: name,
    tokenExpiresAt: "2030-01-01T00:00:00.000Z",
  });
}

export function targetOf(env: string): PostgresTarget {
  return PostgresTarget.parse({
    name: `shop-${env}`,
    kind: "postgres",
    tags: { env },
    address: { host: "db.test", port: 5432, database: "shop" },
    user: "shop",
    revision: 1,
    disabled: false,
    managed: false,
    updatedAt: "2026-01-01T00:00:00.000Z",
  });
}

/** At the beginning of time, outside of any session. */
export const nowhere = { now: 0, session: undefined, recentLookups: 0 };

/** A plain bounded read, changed where a test says so. */
export function factsOf(changes: Partial<SqlFacts> = {}): SqlFacts {
  return {
    kind: "sql",
    statements: 1,
    actions: ["sql.select"],
    writes: false,
    reads: [],
    changes: [],
    functions: [],
    classes: [],
    classesChanged: [],
    bounded: true,
    opaque: false,
    opaqueReasons: [],
    bulk: false,
    lookups: [],
    effects: [],
    sessionChanges: [],
    outsideTransaction: [],
    parameters: 0,
    summary: "",
    subject: "",
    ...changes,
  };
}

/** A host, as `targetOf` makes a database. */
export function hostOf(env: string): SshTarget {
  return SshTarget.parse({
    name: `host-${env}`,
    kind: "ssh",
    tags: { env },
    address: { host: "host.test", port: 22, hostKeys: ["ssh-ed25519 AAAA"], jumps: [] },
    user: "shop",
    revision: 1,
    disabled: false,
    managed: false,
    updatedAt: "2026-01-01T00:00:00.000Z",
  });
}
