import { z } from "zod";
import { TargetName } from "../../shared/ids.ts";
import { ClassMap, ClassPattern, DataClass } from "../../shared/nouns/catalog.ts";
import { HostKey, Tags, Target, type TargetInput } from "../../shared/nouns/target.ts";
import type { Client } from "./client.ts";
import { apiPath } from "./paths.ts";

/** A target with what its administrators see of it. */
export const AdministeredTarget = z.object({
  name: TargetName,
  kind: z.string(),
  tags: Tags,
  mayOpen: z.boolean(),
  reasons: z.array(z.string()),
  disabled: z.boolean(),
  settings: Target.optional(),
});
export type AdministeredTarget = z.infer<typeof AdministeredTarget>;

export const listAdministeredTargets = async (api: Client, signal?: AbortSignal) =>
  (await api.get(apiPath("targets"), z.object({ targets: z.array(AdministeredTarget) }), { signal })).targets;

export const putTarget = (api: Client, name: string, input: z.input<typeof TargetInput>) =>
  api.put(apiPath("targets", name), input, Target);

export const removeTarget = (api: Client, name: string) => api.delete(apiPath("targets", name));

const Answered = z.object({ ok: z.literal(true), serverVersion: z.string(), latencyMs: z.number() });

export const testTarget = (api: Client, name: string) =>
  api.post(apiPath("targets", name, "test"), {}, Answered);

const ShownKeys = z.object({ keys: z.array(z.object({ key: HostKey, fingerprint: z.string() })) });
export type ShownKey = z.infer<typeof ShownKeys>["keys"][number];

/** What an SSH host shows to whoever asks: to be compared with its own before it is pinned. */
export const askHostKeys = async (api: Client, place: { host: string; port: number }) =>
  (await api.post(apiPath("host-keys"), place, ShownKeys)).keys;

const Refreshed = z.object({ revision: z.string(), relations: z.int() });

/** Re-reads the catalog; answers once that is done. */
export const refreshTarget = (api: Client, name: string) =>
  api.post(apiPath("targets", name, "refresh"), {}, Refreshed);

const Classification = z.object({ classes: z.array(DataClass), patterns: z.array(ClassPattern) });
export type Classification = z.infer<typeof Classification>;

export const readClassification = (api: Client, signal?: AbortSignal) =>
  api.get(apiPath("classes"), Classification, { signal });

export const putClassification = (api: Client, classification: Classification) =>
  api.put(apiPath("classes"), classification, Classification);

export const readClassMap = (api: Client, target: string, signal?: AbortSignal) =>
  api.get(apiPath("targets", target, "classes"), ClassMap, { signal });

/** Replaces the whole map of a target. */
export const putClassMap = (api: Client, target: string, map: ClassMap) =>
  api.put(apiPath("targets", target, "classes"), map, ClassMap);
