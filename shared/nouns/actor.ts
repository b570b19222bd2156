import { z } from "zod";
import { ActorId } from "../ids.ts";

/** What an actor may do in the portal itself. What they may do at a target is policy's business. */
export const Role = z.enum(["engineer", "reviewer", "auditor", "administrator"]);
export type Role = z.infer<typeof Role>;

/** Who acts: a human or a workload, as a trusted issuer describes them. */
export const Actor = z.object({
  id: ActorId,
  kind: z.enum(["human", "workload"]),
  /** For people to read; never decides anything. */
  name: z.string(),
  issuer: z.string(),
  subject: z.string(),
  tenant: z.string().optional(),
  /** Stable group ids from the token; never display names. */
  groups: z.array(z.string()),
  roles: z.array(Role),
  /** The same for every login of one person: self-approval is judged by it. */
  person: z.string(),
  /** For a workload: the `person` of the human who owns it, who cannot approve for it. */
  owner: z.string().optional(),
  /** When the issuer made the presented token, RFC 3339, where that says so: of two, the later one tells what is so. */
  issuedAt: z.iso.datetime().optional(),
  /** When the presented token ends, RFC 3339. */
  tokenExpiresAt: z.iso.datetime(),
});
export type Actor = z.infer<typeof Actor>;
