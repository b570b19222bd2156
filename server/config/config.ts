import type { Role } from "../../shared/nouns/actor.ts";
import type { NewColumns } from "../../shared/nouns/discovery.ts";

/**
 * Where to find what identity needs in a token. Each is a claim's exact name or, where no claim has that name,
 * a path of names joined by dots (`realm_access.roles`).
 */
export type ClaimPaths = {
  /** Stable group ids; an array of strings. */
  groups: string;
  /** Names of `Role`s; an array of strings. Others are ignored. */
  roles: string;
  /** The same for every login of one person. */
  person: string;
  /** For a workload: the `person` of the human who owns it. */
  owner: string;
  /** Tells a workload (`workload`, `app`) from a human (`human`, `user`). Entra ID: `idtyp`. */
  kind?: string;
  /** For people to read. */
  name: string;
};

/** An issuer whose tokens are accepted, and what of them is believed. */
export type IssuerConfig = {
  /** Compared as text with `iss`; never ends up trusted by prefix. */
  issuer: string;
  /** What `aud` must contain. */
  audience: string;
  /** The portal's public client at this issuer. */
  clientId: string;
  /** What the portal asks for at sign-in, and an agent by client credentials. */
  scopes: string[];
  /** Accepted signature algorithms; never `none`, never symmetric ones. */
  algorithms: string[];
  /** What `tid` must be, where the issuer has tenants. */
  tenant?: string;
  claims: ClaimPaths;
  /** Roles that membership of a group brings, by group id. */
  groupRoles: Record<string, Role[]>;
  /** Where discovery is fetched from, if not `<issuer>/.well-known/openid-configuration`. */
  discoveryUrl?: string;
};

/** How many days something is kept after its session has ended, for targets with a tag, or for all. */
export type KeepRule = {
  tag?: { name: string; value: string };
  days: number;
  /** As it was written: what tombstones name. */
  text: string;
};

/** Bounds on what one gateway does. Durations carry their unit. */
export type Limits = {
  sessionsPerActor: number;
  sessionIdleMs: number;
  sessionLifetimeMs: number;
  statementTimeoutMs: number;
  maxBodyBytes: number;
  parserWorkers: number;
  storeConnections: number;
  /** Requests of one actor, to one process, each second. */
  requestsPerSecond: number;
  /** Commands of one actor, and at one target, that are under way in one process. */
  commandsPerActor: number;
  commandsPerTarget: number;
  /** Tokens and tickets from one address that one process refuses each minute before it looks at no more; 0: it looks at all. */
  badCredentialsPerMinute: number;
};

/** Everything that may be shown about how this gateway was started. */
export type Config = {
  mode: "demo" | "production";
  listen: { host: string; port: number };
  /** Origin that browsers use: `https://sluice.example`. */
  publicUrl: string;
  /** Values of `Origin` that are accepted, compared as text. */
  origins: string[];
  /** Values of `Host` that are served, in lower case. */
  hosts: string[];
  /** Absolute path of the folder that holds recordings, and in demo mode everything. */
  dataDir: string;
  /** Empty in demo mode: its issuer is known once the demo has started. */
  issuers: IssuerConfig[];
  /** Absolute path of the declarative file, where there is one. */
  file?: string;
  logLevel: "debug" | "info" | "warn" | "error";
  /** What happens to a column that appears beside classified ones. */
  newColumns: NewColumns;
  /** What is removed, and when; what no rule fits is kept. */
  keep: { recordings: KeepRule[]; texts: KeepRule[] };
  /** After how long the whole evidence is checked again. */
  verifyEveryMs: number;
  limits: Limits;
};

/** A key that seals credentials, and the id that sealed values carry. */
export type SealingKey = { id: string; key: Buffer };

/** What must never be shown. In demo mode both are made by the demo, so `storeUrl` is null and no key is given. */
export type Secrets = {
  storeUrl: string | null;
  /** The first seals; all open. */
  sealingKeys: SealingKey[];
};
