import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { can } from "../../../shared/can/can.ts";
import { Refusal } from "../../../shared/contract/errors.ts";
import { TargetName } from "../../../shared/ids.ts";
import type { Actor } from "../../../shared/nouns/actor.ts";
import { Catalog, ClassMap, ClassPattern, DataClass } from "../../../shared/nouns/catalog.ts";
import { HostKey, SshAddress, Target, TargetInput } from "../../../shared/nouns/target.ts";
import { body, json, refusals, signedIn } from "../route.ts";
import type { Env, Rooms } from "../rooms.ts";

const params = z.object({ name: TargetName });
const TargetBody = Target.meta({ id: "Target" });

/** A target as somebody sees who may or may not open it. */
const Listed = z
  .object({
    name: TargetName,
    kind: z.string(),
    tags: z.record(z.string(), z.string()),
    /** What can be done there: `sql`, `schema`, `parameters`, `cancel`. */
    capabilities: z.array(z.string()),
    mayOpen: z.boolean(),
    /** Why, or why not. */
    reasons: z.array(z.string()),
    disabled: z.boolean(),
    /** Address and user, for those who may edit targets. */
    settings: TargetBody.optional(),
  })
  .meta({ id: "ListedTarget" });

const capabilities: Record<Target["kind"], string[]> = {
  postgres: ["sql", "schema", "parameters", "cancel", "classes"],
  ssh: ["shell", "terminal", "files", "cancel"],
};

const inPortal = ({ id }: Pick<Actor, "id">) => ({ managed: false, actor: id });

export function targetRoutes(app: OpenAPIHono<Env>, { targets, gate }: Rooms): void {
  const known = async (name: string): Promise<Target> => {
    const target = await targets.get(name);
    if (!target) throw new Refusal("not_found", "There is no such target.");
    return target;
  };

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/targets",
      tags: ["Targets"],
      summary: "Targets that you may reach; all of them for those who may edit targets",
      responses: { 200: json(z.object({ targets: z.array(Listed) }), "By name") },
    }),
    async (context) => {
      const { actor } = context.var;
      const edits = can(actor, "targets.edit");
      const listed = await Promise.all(
        (await targets.list()).map(async (target) => {
          const { allowed, reasons } = await gate.mayOpen(actor, target);
          const { name, kind, tags, disabled } = target;
          return {
            name,
            kind,
            tags,
            capabilities: capabilities[kind],
            mayOpen: allowed,
            reasons,
            disabled,
            ...(edits && { settings: target }),
          };
        }),
      );
      const shown = listed
        .filter(({ mayOpen }) => mayOpen || edits)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return context.json({ targets: shown }, 200);
    },
  );

  app.openapi(
    signedIn({
      method: "get",
      path: "/api/targets/{name}/schema",
      tags: ["Targets"],
      summary: "Relations, columns with classes of data, keys, functions",
      request: { params },
      responses: {
        200: json(Catalog.meta({ id: "Catalog" }), "The catalog, as read last"),
        ...refusals("not_found", "catalog_unavailable", "target_unreachable"),
      },
    }),
    async (context) => {
      const target = await known(context.req.valid("param").name);
      if (!can(context.var.actor, "classes.edit") && !(await gate.mayOpen(context.var.actor, target)).allowed)
        throw new Refusal("not_found", "There is no such target.");
      return context.json(await gate.schema(target), 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "put",
        path: "/api/targets/{name}",
        tags: ["Targets"],
        summary: "Create or replace a target; the password is write-only",
        request: { params, body: body(TargetInput.meta({ id: "TargetInput" })) },
        responses: { 200: json(TargetBody, "The target"), ...refusals("invalid", "managed", "forbidden") },
      },
      "targets.edit",
    ),
    async (context) => {
      const { name } = context.req.valid("param");
      const input = context.req.valid("json");
      return context.json(await targets.put(name, input, inPortal(context.var.actor)), 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "delete",
        path: "/api/targets/{name}",
        tags: ["Targets"],
        summary: "Remove a target with its classes; its sessions end",
        request: { params },
        responses: { 204: { description: "Removed" }, ...refusals("not_found", "managed") },
      },
      "targets.edit",
    ),
    async (context) => {
      const { name } = context.req.valid("param");
      await targets.remove(name, inPortal(context.var.actor));
      return context.body(null, 204);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/targets/{name}/test",
        tags: ["Targets"],
        summary: "Connect, and say what answered",
        request: { params },
        responses: {
          200: json(
            z.object({ ok: z.literal(true), serverVersion: z.string(), latencyMs: z.number() }),
            "It answers",
          ),
          ...refusals(
            "not_found",
            "target_unreachable",
            "target_refused",
            "host_key_changed",
            "target_disabled",
          ),
        },
      },
      "targets.edit",
    ),
    async (context) =>
      context.json(await gate.test(await known(context.req.valid("param").name), context.var.actor), 200),
  );

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/host-keys",
        tags: ["Targets"],
        summary: "The keys that an SSH host shows, to be compared with its own before they are pinned",
        request: {
          body: body(
            z.strictObject({ host: SshAddress.shape.host, port: SshAddress.shape.port.default(22) }),
          ),
        },
        responses: {
          200: json(
            z.object({ keys: z.array(z.object({ key: HostKey, fingerprint: z.string() })) }),
            "The strongest first",
          ),
          ...refusals("invalid", "target_unreachable", "target_refused"),
        },
      },
      "targets.edit",
    ),
    async (context) => {
      const { host, port } = context.req.valid("json");
      return context.json({ keys: await gate.hostKeys(context.var.actor, host, port) }, 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "post",
        path: "/api/targets/{name}/refresh",
        tags: ["Targets"],
        summary: "Read the catalog again; answers when it is done",
        request: { params },
        responses: {
          200: json(z.object({ revision: z.string(), relations: z.int() }), "What is known now"),
          ...refusals("not_found", "target_unreachable", "catalog_unavailable"),
        },
      },
      "targets.edit",
    ),
    async (context) => {
      const catalog = await targets.refresh(await known(context.req.valid("param").name));
      return context.json({ revision: catalog.revision, relations: catalog.relations.length }, 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "get",
        path: "/api/targets/{name}/classes",
        tags: ["Classes"],
        summary: "Classes of data per column, set by hand",
        request: { params },
        responses: { 200: json(ClassMap, "By relation and column"), ...refusals("not_found") },
      },
      "classes.edit",
    ),
    async (context) =>
      context.json(await targets.classes((await known(context.req.valid("param").name)).name), 200),
  );

  app.openapi(
    signedIn(
      {
        method: "put",
        path: "/api/targets/{name}/classes",
        tags: ["Classes"],
        summary: "Replace the whole map; derived relations inherit",
        request: { params, body: body(ClassMap) },
        responses: {
          200: json(ClassMap, "The map in force"),
          ...refusals("not_found", "managed", "classes_invalid", "conflict", "catalog_unavailable"),
        },
      },
      "classes.edit",
    ),
    async (context) => {
      const { name } = context.req.valid("param");
      const map = context.req.valid("json");
      await targets.setClasses(name, map, inPortal(context.var.actor));
      return context.json(map, 200);
    },
  );

  const Classification = z.strictObject({
    classes: z.array(DataClass).max(500),
    patterns: z.array(ClassPattern).max(500),
  });
  app.openapi(
    signedIn({
      method: "get",
      path: "/api/classes",
      tags: ["Classes"],
      summary: "Classes of data, how each is hidden, and patterns that propose them by column name",
      responses: { 200: json(Classification, "All of them") },
    }),
    async (context) => {
      const [classes, patterns] = await Promise.all([targets.dataClasses(), targets.patterns()]);
      return context.json({ classes, patterns }, 200);
    },
  );

  app.openapi(
    signedIn(
      {
        method: "put",
        path: "/api/classes",
        tags: ["Classes"],
        summary: "Replace classes and patterns",
        request: { body: body(Classification) },
        responses: {
          200: json(Classification, "In force"),
          ...refusals("managed", "classes_invalid", "invalid"),
        },
      },
      "classes.edit",
    ),
    async (context) => {
      const { classes, patterns } = context.req.valid("json");
      await targets.setDataClasses(classes, patterns, inPortal(context.var.actor));
      return context.json({ classes, patterns }, 200);
    },
  );
}
