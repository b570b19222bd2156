import { z } from "zod";
import { Command, CommandInput } from "../nouns/command.ts";
import { RecordingEvent } from "../recording/format.ts";

/**
 * WebSocket `GET /api/sessions/{id}/stream?ticket=`: the owner runs commands and receives the session's recording
 * events as they are written. Text frames, one JSON value each. The server stops sending once `windowBytes` are not
 * acknowledged; a reader that stays silent slows the target, not the memory.
 */
export const windowBytes = 512 * 1024;

const size = { columns: z.int().min(2).max(1000), rows: z.int().min(1).max(500) };

export const ClientFrame = z.discriminatedUnion("type", [
  /** `key` is the Idempotency-Key and comes back in `accepted`, so that the client can match the answer. */
  z.object({ type: z.literal("run"), key: z.string().min(1).max(200), input: CommandInput }),
  z.object({ type: z.literal("cancel"), command: z.string() }),
  /**
   * Opens the session's terminal, or joins the one that lives: the answer is a `terminal` frame. `raw`: recorded only,
   * its lines are not judged; the answer comes once that is decided.
   */
  z.object({ type: z.literal("terminal"), ...size, raw: z.boolean().optional() }),
  /** Keys for the terminal, as UTF-8. */
  z.object({ type: z.literal("keys"), text: z.string().max(64 * 1024) }),
  z.object({ type: z.literal("resize"), ...size }),
  /** A fresh ticket for this path, fetched with the actor's next token: the socket then lasts as long as that one. */
  z.object({ type: z.literal("renew"), ticket: z.string().max(200) }),
  /** Total bytes (UTF-8) of frames that the client has taken in since the socket opened. */
  z.object({ type: z.literal("ack"), bytes: z.int().min(0) }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

export const ServerFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("accepted"), key: z.string(), command: z.string() }),
  /** A `run` that did not become a command, or failed inside the gate. */
  z.object({
    type: z.literal("refused"),
    key: z.string().optional(),
    problem: z.record(z.string(), z.json()),
  }),
  z.object({ type: z.literal("event"), event: RecordingEvent }),
  /**
   * The terminal, with text that draws what stands on its screen; `screen` events before it are in it. `openedAt` tells
   * one shell from the next; `marks` say in which rows of that screen, from 0, lines were entered that were judged.
   */
  z.object({
    type: z.literal("terminal"),
    mode: z.enum(["governed", "line", "raw"]),
    ...size,
    openedAt: z.iso.datetime(),
    screen: z.string(),
    marks: z.array(z.object({ command: z.string(), row: z.int().min(0) })),
  }),
  /** The command as it stands, without rows, at each change of state. */
  z.object({ type: z.literal("command"), command: Command }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;

/**
 * WebSocket `GET /api/recordings/{sessionId}/live?ticket=`: an auditor's live watch: `event` frames alone, from the
 * beginning of the recording and then as they are written. The client acknowledges as above.
 */

/** Server-sent events of `GET /api/events`: ids alone; the reader fetches what it may see. */
export const PortalEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("review.opened"), review: z.string(), target: z.string() }),
  z.object({ type: z.literal("review.changed"), review: z.string(), target: z.string() }),
  z.object({ type: z.literal("review.closed"), review: z.string(), target: z.string(), state: z.string() }),
  z.object({
    type: z.literal("command.changed"),
    command: z.string(),
    session: z.string(),
    state: z.string(),
  }),
  /** From one gateway to whichever leads the command: cancel it. Nobody else is told. */
  z.object({ type: z.literal("command.cancel"), command: z.string() }),
  z.object({ type: z.literal("session.opened"), session: z.string(), target: z.string() }),
  z.object({
    type: z.literal("session.closed"),
    session: z.string(),
    target: z.string(),
    because: z.string(),
  }),
  z.object({ type: z.literal("policies.changed"), version: z.int() }),
  z.object({ type: z.literal("evidence.changed") }),
  z.object({ type: z.literal("targets.changed"), target: z.string() }),
  /** Whose access was taken back or given again: an actor's id, or a person. */
  z.object({ type: z.literal("access.changed"), subject: z.string() }),
  /** Whose next token says something else of them, such as other groups, while they have sessions open. */
  z.object({ type: z.literal("rights.changed"), actor: z.string() }),
]);
export type PortalEvent = z.infer<typeof PortalEvent>;
