import type { Migration } from "../database.ts";
import { identity } from "./010-identity.ts";
import { blocks } from "./011-blocks.ts";
import { latestRights } from "./012-latest-rights.ts";
import { targets } from "./020-targets.ts";
import { knownColumns } from "./021-known-columns.ts";
import { policy } from "./030-policy.ts";
import { session } from "./040-session.ts";
import { lookups } from "./041-lookups.ts";
import { sessionEnds } from "./042-session-ends.ts";
import { approval } from "./050-approval.ts";
import { reviewTexts } from "./051-review-texts.ts";
import { journal } from "./060-journal.ts";
import { evidence } from "./061-evidence.ts";
import { retention } from "./062-retention.ts";
import { recordingKinds } from "./063-recording-kinds.ts";
import { textsElsewhere } from "./064-texts-elsewhere.ts";
import { requests } from "./069-requests.ts";
import { unfinishedRecordings } from "./080-unfinished-recordings.ts";

/** In the order in which they are applied. */
export const migrations: readonly Migration[] = [
  identity,
  blocks,
  latestRights,
  targets,
  knownColumns,
  policy,
  session,
  lookups,
  sessionEnds,
  approval,
  reviewTexts,
  journal,
  evidence,
  retention,
  recordingKinds,
  textsElsewhere,
  requests,
  unfinishedRecordings,
];
