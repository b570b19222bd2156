import { createRoute, type RouteConfig, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { can, type Right } from "../../shared/can/can.ts";
import { errorCodes, Refusal, type ErrorCode } from "../../shared/contract/errors.ts";
import type { Env } from "./rooms.ts";

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: "Problem" });

/** A JSON answer of a route. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  content: { "application/json": { schema } },
  description,
});
/** A JSON body of a route. */
export const body = <T extends z.ZodType>(schema: T) => ({
  content: { "application/json": { schema } },
  required: true,
});

/** The refusals of a route, by status, for the API's description. */
export function refusals(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes)
    byStatus.set(errorCodes[code].status, [...(byStatus.get(errorCodes[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        content: { "application/problem+json": { schema: Problem } },
        description: list.map((code) => `\`${code}\``).join(", "),
      },
    ]),
  ) as Record<
    number,
    { content: { "application/problem+json": { schema: typeof Problem } }; description: string }
  >;
}

/** Refuses whoever lacks a right in the portal. */
function requireRight(right: Right): MiddlewareHandler<Env> {
  return async function rights(context, next) {
    if (!can(context.var.actor, right))
      throw new Refusal("forbidden", "Your role does not allow this.", {
        hint: `It takes the right "${right}".`,
      });
    return next();
  };
}

/**
 * A route for signed-in callers. `right`: what they must have in the portal; left out, what they may do is judged by
 * policy and ownership. The right stands in the API's description as `x-right`.
 */
export function signedIn<const R extends RouteConfig>(route: R, right?: Right) {
  return createRoute({
    ...route,
    security: [{ bearer: [] }],
    ...(right && { "x-right": right, middleware: [requireRight(right)] as const }),
    responses: {
      ...refusals("unauthenticated", "token_invalid", "token_expired", "forbidden"),
      ...route.responses,
    },
  });
}
