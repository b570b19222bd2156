import { z } from "zod";
import { Catalog } from "../../shared/nouns/catalog.ts";
import { Command, ResultColumn, Row } from "../../shared/nouns/command.ts";
import { Session } from "../../shared/nouns/session.ts";
import type { Client } from "./client.ts";
import { Evaluation, ReachableTarget, Ticket } from "./nouns.ts";

/** Paths and nouns of the API, one function a call. Ids are put into paths encoded. */
const at = (...parts: string[]) => `/api/${parts.map(encodeURIComponent).join("/")}`;

export const listTargets = async (api: Client, signal?: AbortSignal) =>
  (await api.get(at("targets"), z.object({ targets: z.array(ReachableTarget) }), { signal })).targets;

export const readSchema = (api: Client, target: string, signal?: AbortSignal) =>
  api.get(at("targets", target, "schema"), Catalog, { signal });

/** Characters of a reason; the gateway takes no more than twice as many. */
export const maxReasonLength = 1000;

export const openSession = (api: Client, target: string, reason: string) =>
  api.post(at("sessions"), { target, ...(reason === "" ? {} : { reason }) }, Session);

export const readSession = (api: Client, session: string, signal?: AbortSignal) =>
  api.get(at("sessions", session), Session, { signal });

export const closeSession = (api: Client, session: string) => api.delete(at("sessions", session));

/** Cancels at the target, or withdraws a held command. */
export const cancelCommand = (api: Client, command: string) => api.delete(at("commands", command));

/** What would happen to a statement; runs nothing. */
export const evaluate = (api: Client, target: string, sql: string, signal?: AbortSignal) =>
  api.post(at("policies", "evaluate"), { target, command: { sql } }, Evaluation, { signal });

/** A single-use ticket for one WebSocket, good for at most 30 s. */
export const buyTicket = async (api: Client, path: string): Promise<string> =>
  (await api.post(at("tickets"), { purpose: path }, Ticket)).ticket;

export const streamPath = (session: string) => at("sessions", session, "stream");

/** A command as it stands; one that has not ended, after a change or after `waitSeconds`. */
export const readCommand = (
  api: Client,
  command: string,
  { waitSeconds = 0, signal }: { waitSeconds?: number; signal?: AbortSignal } = {},
) => api.get(`${at("commands", command)}?waitSeconds=${waitSeconds}`, Command, { signal });

/** One's own sessions, newest first. */
export const listSessions = async (api: Client, signal?: AbortSignal) =>
  (await api.get(at("sessions"), z.object({ sessions: z.array(Session) }), { signal })).sessions;

/** The newest 100 commands of a session, newest first, without rows and votes. */
export const listCommands = async (api: Client, session: string, signal?: AbortSignal) =>
  (await api.get(at("sessions", session, "commands"), z.object({ commands: z.array(Command) }), { signal }))
    .commands;

/** The 100 before one of them; none where it was the first. */
export const listCommandsBefore = async (api: Client, session: string, before: string) =>
  (
    await api.get(
      `${at("sessions", session, "commands")}?${new URLSearchParams({ before }).toString()}`,
      z.object({ commands: z.array(Command) }),
    )
  ).commands;

const ResultPage = z.object({
  columns: z.array(ResultColumn),
  rows: z.array(Row),
  cursor: z.string().optional(),
});

/** A page of the rows that a command gave, as they were shown. */
export const readResult = (api: Client, command: string, statement: number, cursor?: string) =>
  api.get(
    `${at("commands", command, "result")}?${new URLSearchParams({ statement: String(statement), limit: "10000", ...(cursor === undefined ? {} : { cursor }) }).toString()}`,
    ResultPage,
  );
