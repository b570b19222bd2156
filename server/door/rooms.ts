import type { HttpBindings } from "@hono/node-server";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Approvals } from "../approval/approvals.ts";
import type { Config } from "../config/config.ts";
import type { Notifier } from "../db/notify.ts";
import type { Discover } from "../gate/discover.ts";
import type { Gate } from "../gate/gate.ts";
import type { Blocks } from "../identity/blocks.ts";
import type { Identity } from "../identity/identity.ts";
import type { LatestRights } from "../identity/latest-rights.ts";
import type { Rates } from "../identity/rates.ts";
import type { Tickets } from "../identity/tickets.ts";
import type { Journal } from "../journal/journal.ts";
import type { PolicyStore } from "../policy/store.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Targets } from "../targets/targets.ts";
import type { Metrics } from "./metrics.ts";
import type { FailureLog } from "./problems.ts";

/** Hono's environment: Node's own request, and who calls, once `authenticate` has run. */
export type Env = { Bindings: HttpBindings; Variables: { actor: Actor } };

/** What the door leads to. */
export type Rooms = {
  config: Config;
  version: string;
  identity: Identity;
  tickets: Tickets;
  blocks: Blocks;
  rights: LatestRights;
  /** Of each actor. */
  requests: Rates;
  gate: Gate;
  discover: Discover;
  targets: Targets;
  sessions: Sessions;
  policies: PolicyStore;
  approvals: Approvals;
  journal: Journal;
  notifier: Notifier;
  now: () => number;
  log: FailureLog;
  /** Reasons for which this gateway should get no traffic; empty: ready. */
  notReady: () => Promise<string[]>;
  metrics: Metrics;
  /** Aborted when the gateway stops: streams end. */
  stopping: AbortSignal;
  /** The folder of the built portal; undefined where something else serves it. */
  portal: string | undefined;
};
