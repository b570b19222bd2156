import { z } from "zod";
import { CommandId, ReviewId, SessionId } from "../ids.ts";
import {
  CommandState,
  FileCommand,
  FileContent,
  FileEntry,
  MaskedField,
  Notice,
  ResultColumn,
  Row,
  TargetError,
  Timing,
  Parameter,
} from "../nouns/command.ts";
import { Decision } from "../nouns/decision.ts";

/** Version of the recording format that this build writes; older ones are upgraded by the decoder. */
export const recordingVersion = 1;

const at = z.int().describe("milliseconds since the session opened");

/** What a session's viewer saw, event by event. Live watch, replay, search and result pages all read these. */
export const RecordingEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("opened"),
    at,
    version: z.literal(recordingVersion),
    session: SessionId,
    target: z.string(),
    kind: z.string(),
    actor: z.object({ id: z.string(), name: z.string(), kind: z.enum(["human", "workload"]) }),
    reason: z.string(),
    startedAt: z.iso.datetime(),
  }),
  z.object({
    type: z.literal("command"),
    at,
    command: CommandId,
    sql: z.string(),
    parameters: z.array(Parameter),
    /** What runs after rewriting; absent where it was refused before. */
    rewritten: z.string().optional(),
    sha256: z.string(),
    decision: Decision.optional(),
  }),
  z.object({
    type: z.literal("held"),
    at,
    command: CommandId,
    review: ReviewId,
    expiresAt: z.iso.datetime(),
    groups: z.array(z.string()),
  }),
  z.object({
    type: z.literal("vote"),
    at,
    command: CommandId,
    review: ReviewId,
    name: z.string(),
    verdict: z.enum(["approve", "reject"]),
    comment: z.string(),
  }),
  z.object({ type: z.literal("state"), at, command: CommandId, state: CommandState }),
  z.object({
    type: z.literal("columns"),
    at,
    command: CommandId,
    statement: z.int(),
    columns: z.array(ResultColumn),
  }),
  z.object({ type: z.literal("rows"), at, command: CommandId, statement: z.int(), rows: z.array(Row) }),
  z.object({ type: z.literal("notice"), at, command: CommandId, notice: Notice }),
  z.object({
    type: z.literal("statement"),
    at,
    command: CommandId,
    statement: z.int(),
    tag: z.string(),
    rowCount: z.int(),
    truncated: z.boolean(),
  }),
  z.object({
    type: z.literal("outcome"),
    at,
    command: CommandId,
    state: CommandState,
    error: TargetError.optional(),
    /** Where the gate refused: its code and sentence. */
    refusal: z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() }).optional(),
    masked: z.array(MaskedField),
    timing: Timing.optional(),
  }),
  /** A shell command: one that was sent, or one that was typed in the session's terminal. */
  z.object({
    type: z.literal("shell"),
    at,
    command: CommandId,
    text: z.string(),
    stdin: z.string(),
    terminal: z.boolean(),
    sha256: z.string(),
    decision: Decision.optional(),
  }),
  /** What a shell command that was sent printed; what is no UTF-8 is replaced. */
  z.object({
    type: z.literal("bytes"),
    at,
    command: CommandId,
    stream: z.enum(["stdout", "stderr"]),
    text: z.string(),
  }),
  z.object({
    type: z.literal("exit"),
    at,
    command: CommandId,
    code: z.int().nullable(),
    signal: z.string().optional(),
    truncated: z.boolean(),
  }),
  /** A file command. */
  FileCommand.pick({
    file: true,
    path: true,
    resolved: true,
    replaces: true,
    binary: true,
    content: true,
  }).extend({
    type: z.literal("file"),
    at,
    command: CommandId,
    sha256: z.string(),
    decision: Decision.optional(),
  }),
  /** What a directory holds. */
  z.object({
    type: z.literal("entries"),
    at,
    command: CommandId,
    entries: z.array(FileEntry),
    truncated: z.boolean(),
  }),
  /** A piece of a downloaded text, as it was shown. What is no text is told of by `transfer` alone. */
  z.object({ type: z.literal("content"), at, command: CommandId, text: z.string() }),
  /** A transfer that has come to its end: what the host gave or took, and what of it was shown. */
  z.object({
    type: z.literal("transfer"),
    at,
    command: CommandId,
    host: FileContent,
    shown: FileContent.optional(),
  }),
  /** The session's terminal: `raw` is recorded and not judged command by command. */
  z.object({
    type: z.literal("terminal"),
    at,
    mode: z.enum(["governed", "line", "raw"]),
    term: z.string(),
    columns: z.int(),
    rows: z.int(),
  }),
  z.object({ type: z.literal("resize"), at, columns: z.int(), rows: z.int() }),
  /** What the terminal's screen was sent, with its control sequences; keys are recorded by their echo alone. */
  z.object({ type: z.literal("screen"), at, text: z.string() }),
  z.object({ type: z.literal("closed"), at, because: z.string() }),
]);
export type RecordingEvent = z.infer<typeof RecordingEvent>;

/**
 * A recording is a text file, one line an event: `<64 hex digits> <event as JSON>\n`. The digits are SHA-256 over the
 * previous line's digits (64 zeros for the first) followed by the exact bytes of the JSON. A seal line ends an export:
 * `seal <Seal as JSON>\n`, whose signature covers the last line's digits and the number of events.
 */
export const Seal = z.object({
  version: z.literal(recordingVersion),
  session: SessionId,
  events: z.int(),
  hash: z.string(),
  /** The session still ran when this was exported. */
  live: z.boolean(),
  /** Ledger entry that carries this hash or an earlier one of the same recording; 0: none yet. */
  ledgerSeq: z.int(),
  at: z.iso.datetime(),
  keyId: z.string(),
  jwk: z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() }),
  /** Ed25519, base64url, over the canonical JSON of the other fields. */
  signature: z.string(),
});
export type Seal = z.infer<typeof Seal>;

export const firstHash = "0".repeat(64);
