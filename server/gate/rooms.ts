import type { SessionId } from "../../shared/ids.ts";
import type { Approvals } from "../approval/approvals.ts";
import type { Journal } from "../journal/journal.ts";
import type { Notifier } from "../db/notify.ts";
import type { Blocks } from "../identity/blocks.ts";
import type { PolicyStore } from "../policy/store.ts";
import type { BackendLimits } from "../protocols/postgres/connect/settings.ts";
import type { SshLimits } from "../protocols/ssh/connect/limits.ts";
import type { Parser } from "../protocols/postgres/parse/parser.ts";
import type { Lookups } from "../session/lookups.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Targets } from "../targets/targets.ts";
import type { Vault } from "../vault/vault.ts";
import type { Capacity } from "./capacity.ts";
import type { Spool } from "./spool.ts";
import type { Terminals } from "./terminals.ts";
import type { Viewers } from "./viewers.ts";

/** The stages that the gate leads a command through. */
export type Rooms = {
  targets: Targets;
  parser: Parser;
  policies: PolicyStore;
  approvals: Approvals;
  journal: Journal;
  vault: Vault;
  sessions: Sessions;
  blocks: Blocks;
  capacity: Capacity;
  lookups: Lookups;
  viewers: Viewers;
  terminals: Terminals;
  spool: Spool;
  notifier: Notifier;
  /** Secret of a session (or of an actor's dry runs) that keyed tokens are made with. */
  tokenKey: (of: SessionId | string) => string;
  backendLimits: BackendLimits;
  sshLimits: SshLimits;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told about failures that nobody waits for. */
  onError: (error: unknown) => void;
};
