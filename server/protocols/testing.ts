import { mintPermit, type Binding, type Permit } from "../approval/permit.ts";
import { ActorId, newSessionId, TargetName } from "../../shared/ids.ts";

/** What permits of these tests are bound to; the time at which they are good, in milliseconds. */
export const bound = { sha256: "0".repeat(64), target: TargetName.parse("test"), targetRevision: 7 };
export const now = () => 1_000_000;
const session = newSessionId();

/** A permit for a target of that name and revision, for whatever bytes have that hash. */
export function permitFor(parts: Partial<Binding> = {}): Permit {
  return mintPermit({
    purpose: "command",
    command: null,
    actor: ActorId.parse("issuer|someone"),
    session,
    ...bound,
    obligations: {
      reviewers: [],
      reviewExpiresSeconds: 60,
      maxRows: 10_000_000,
      timeoutMs: 600_000,
      maxAffectedRows: null,
      unmask: [],
      masks: [],
    },
    policyVersion: 1,
    writes: false,
    expiresAt: now() + 60_000,
    ...parts,
  });
}
