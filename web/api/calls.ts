import { z } from "zod";
import { Catalog } from "../../shared/nouns/catalog.ts";
import { Command } from "../../shared/nouns/command.ts";
import { Session } from "../../shared/nouns/session.ts";
import type { Client } from "./client.ts";
import { Evaluation, ReachableTarget, Ticket } from "./nouns.ts";

/** Paths and nouns of the API, one function a call. Ids are put into paths encoded. */
const at = (...parts: string[]) => `/api/${parts.map(encodeURIComponent).join("/")}`;

export const listTargets = async (api: Client, signal?: AbortSignal) =>
  (await api.get(at("targets"), z.object({ targets: z.array(ReachableTarget) }), { signal })).targets;

export const readSchema = (api: Client, target: string, signal?: AbortSignal) =>
  api.get(at("targets", target, "schema"), Catalog, { signal });

export const openSession = (api: Client, target: string, reason: string) =>
  api.post(at("sessions"), { target, ...(reason === "" ? {} : { reason }) }, Session);

export const readSession = (api: Client, session: string, signal?: AbortSignal) =>
  api.get(at("sessions", session), Session, { signal });

export const closeSession = (api: Client, session: string) => api.delete(at("sessions", session));

/** Cancels at the target, or withdraws a held command. */
export const cancelCommand = (api: Client, command: string) => api.delete(at("commands", command));

/** What would happen to `command`; runs nothing. */
export const evaluate = (api: Client, target: string, command: string, signal?: AbortSignal) =>
  api.post(at("policies", "evaluate"), { target, command }, Evaluation, { signal });

/** A single-use ticket for one WebSocket, good for at most 30 s. */
export const buyTicket = async (api: Client, path: string): Promise<string> =>
  (await api.post(at("tickets"), { purpose: path }, Ticket)).ticket;

export const streamPath = (session: string) => at("sessions", session, "stream");

export const readCommand = (api: Client, command: string, signal?: AbortSignal) =>
  api.get(at("commands", command), Command, { signal });

/** One's own sessions, newest first. */
export const listSessions = async (api: Client, signal?: AbortSignal) =>
  (await api.get(at("sessions"), z.object({ sessions: z.array(Session) }), { signal })).sessions;
