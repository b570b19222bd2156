import { z } from "zod";
import { Block, PresentActor } from "../../shared/nouns/block.ts";
import type { Client } from "./client.ts";
import { apiPath } from "./paths.ts";

/** Whose access is taken back, the latest first. */
export const listBlocks = async (api: Client, signal?: AbortSignal) =>
  (await api.get(apiPath("blocks"), z.object({ blocks: z.array(Block) }), { signal })).blocks;

/** Who has open sessions, whoever opened one last first; at most 500. */
export const listPresent = async (api: Client, signal?: AbortSignal) =>
  (await api.get(apiPath("people"), z.object({ people: z.array(PresentActor) }), { signal })).people;

/** `subject` is an actor's id, or a person. */
export const block = (api: Client, subject: string, reason: string) =>
  api.post(apiPath("blocks"), { subject, reason }, Block);

export const lift = (api: Client, id: string, reason: string) =>
  api.post(apiPath("blocks", id, "lift"), { reason }, z.undefined());
