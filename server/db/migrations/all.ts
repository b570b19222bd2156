import type { Migration } from "../database.ts";
import { identity } from "./010-identity.ts";
import { targets } from "./020-targets.ts";
import { knownColumns } from "./021-known-columns.ts";
import { policy } from "./030-policy.ts";
import { session } from "./040-session.ts";
import { lookups } from "./041-lookups.ts";
import { approval } from "./050-approval.ts";
import { journal } from "./060-journal.ts";
import { evidence } from "./061-evidence.ts";

/** In the order in which they are applied. */
export const migrations: readonly Migration[] = [
  identity,
  targets,
  knownColumns,
  policy,
  session,
  lookups,
  approval,
  journal,
  evidence,
];
