import { z } from "zod";
import { readJson } from "./client.ts";
import { fromProblem, toUserError, UserError } from "./errors.ts";

/** `GET /api/config`: what a browser must know before anyone has signed in. */
export const PortalConfig = z.object({
  version: z.string(),
  mode: z.enum(["demo", "production"]),
  issuer: z.url(),
  clientId: z.string().min(1),
  /** Space separated, or a list. */
  scopes: z
    .union([z.string(), z.array(z.string())])
    .transform((scopes) => (Array.isArray(scopes) ? scopes : scopes.split(" "))),
  audience: z.string(),
  kind: z.enum(["entra", "oidc"]),
  /** How long a session may lie unused before it ends. */
  sessionIdleMs: z.int(),
});
export type PortalConfig = z.infer<typeof PortalConfig>;

/** The one call without a token. */
export async function loadConfig(): Promise<PortalConfig> {
  try {
    const response = await fetch("/api/config", {
      credentials: "omit",
      headers: { accept: "application/json" },
    });
    const body = await readJson(response);
    if (!response.ok) throw fromProblem(body, response.status);
    const config = PortalConfig.safeParse(body);
    if (config.success) return config.data;
    throw new UserError(
      "unreadable",
      "The gateway did not say how to sign in.",
      "Its administrator finds the reason in its log.",
    );
  } catch (error) {
    throw toUserError(error);
  }
}
