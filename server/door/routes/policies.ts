import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { can } from "../../../shared/can/can.ts";
import { Refusal } from "../../../shared/contract/errors.ts";
import { ActorId, TargetName } from "../../../shared/ids.ts";
import type { Actor } from "../../../shared/nouns/actor.ts";
import { Decision } from "../../../shared/nouns/decision.ts";
import { TriedCommand } from "../../../shared/nouns/tried-command.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";
import { words } from "../words.ts";

const Policies = z
  .object({
    version: z.int(),
    text: z.string(),
    by: z.string(),
    comment: z.string(),
    managed: z.boolean(),
    at: z.iso.datetime(),
  })
  .meta({ id: "Policies" });

const Evaluation = z
  .object({
    /** Whether a session may be opened at the target at all. */
    mayOpen: z.object({ allowed: z.boolean(), reasons: z.array(z.string()) }),
    decision: Decision.meta({ id: "Decision" }),
    /** The bytes that would run; absent where it would be blocked. */
    rewritten: z.string().optional(),
    sha256: z.string().optional(),
  })
  .meta({ id: "Evaluation" });

/** Somebody as an administrator imagines them. */
const Imagined = z.strictObject({
  id: ActorId,
  kind: z.enum(["human", "workload"]),
  groups: z.array(z.string()).max(200).default([]),
});

export function policyRoutes(app: OpenAPIHono<Env>, { policies, gate }: Rooms): void {
  const latest = async () =>
    (await policies.latest()) ?? {
      version: 0,
      text: "",
      by: "",
      comment: "",
      managed: false,
      at: new Date(0).toISOString(),
    };

  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/policies",
        tags: ["Policies"],
        summary: "The policies in force",
        responses: { 200: json(Policies, "Text and version") },
      },
      "policies.read",
    ),
    async (context) => context.json(await latest(), 200),
  );

  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/policies/history",
        tags: ["Policies"],
        summary: "Versions, newest first",
        responses: { 200: json(z.object({ versions: z.array(Policies) }), "At most 50") },
      },
      "policies.read",
    ),
    async (context) => context.json({ versions: await policies.history(50) }, 200),
  );

  app.openapi(
    signedIn(
      {
        method: "put",
        path: "/api/policies",
        tags: ["Policies"],
        summary: "Validate a text and put it in force",
        request: {
          body: body(
            z.strictObject({
              text: z.string().max(500_000),
              comment: words(1_000).default(""),
              version: z.int().optional(),
            }),
          ),
        },
        responses: {
          200: json(Policies, "The version in force"),
          ...refusals("policy_invalid", "managed", "conflict", "too_large"),
        },
      },
      "policies.edit",
    ),
    async (context) => {
      const { text, comment, version } = context.req.valid("json");
      const by = context.var.actor.id;
      return context.json(await policies.put(text, { by, comment, managed: false, replacing: version }), 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/policies/validate",
        tags: ["Policies"],
        summary: "Whether a text agrees with the schema of facts",
        request: { body: body(z.strictObject({ text: z.string().max(500_000) })) },
        responses: {
          200: json(
            z.object({ policies: z.array(z.object({ id: z.string(), effect: z.string() })) }),
            "It does",
          ),
          ...refusals("policy_invalid"),
        },
      },
      // It takes the gateway seconds where the text is large.
      "policies.edit",
    ),
    (context) => context.json({ policies: gate.validate(context.req.valid("json").text) }, 200),
  );

  app.openapi(
    signedIn({
      method: "post",
      path: "/api/policies/evaluate",
      tags: ["Policies"],
      summary: "The decision that would be taken; runs nothing",
      request: {
        body: body(
          z.strictObject({
            target: TargetName,
            /** As for running it, or what else a policy decides on; a text alone is a command without values. */
            command: z.union([TriedCommand, z.string().min(1)]),
            actor: Imagined.optional(),
            /** A text to judge by instead of the one in force; for those who may edit policies. */
            policies: z.string().max(500_000).optional(),
          }),
        ),
      },
      responses: {
        200: json(Evaluation, "Decision with facts, and the bytes that would run"),
        ...refusals(
          "not_found",
          "sql_unparseable",
          "sql_empty",
          "sql_too_large",
          "shell_unparseable",
          "shell_too_large",
          "target_kind",
          "catalog_unavailable",
          "policy_invalid",
          "invalid",
        ),
      },
    }),
    async (context) => {
      const { target, command, actor: imagined, policies: text } = context.req.valid("json");
      const { actor } = context.var;
      if (imagined && !can(actor, "policies.evaluate-for-others"))
        throw new Refusal("forbidden", "Only an administrator may ask for somebody else.");
      if (text !== undefined && !can(actor, "policies.edit"))
        throw new Refusal("forbidden", "Only an administrator may try another text.");
      return context.json(
        await gate.evaluate(imagined ? imagine(actor, imagined) : actor, target, command, {
          policies: text,
          asOther: imagined !== undefined,
        }),
        200,
      );
    },
  );
}

/** An actor of the given kind and groups and nothing else: no roles, nobody's owner. */
const imagine = (asking: Actor, { id, kind, groups }: z.infer<typeof Imagined>): Actor => ({
  id,
  kind,
  groups,
  name: id,
  issuer: asking.issuer,
  subject: id,
  roles: [],
  person: id,
  tokenExpiresAt: asking.tokenExpiresAt,
});
