import { z } from "zod";
import { ActorId, CommandId, ReviewId, SessionId, TargetName } from "../ids.ts";
import { Decision } from "./decision.ts";

/** A parameter's value in PostgreSQL's text form, or null. */
export const Parameter = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Parameter = z.infer<typeof Parameter>;

/** Body of `POST /api/sessions/{id}/commands` for a SQL target. */
export const SqlCommandInput = z.strictObject({
  sql: z.string().min(1),
  parameters: z.array(Parameter).max(1000).default([]),
  maxRows: z.int().min(0).max(10_000_000).default(1000),
});
export type SqlCommandInput = z.infer<typeof SqlCommandInput>;

/** Body of `POST /api/sessions/{id}/commands` for an SSH target. */
export const ShellCommandInput = z.strictObject({
  command: z.string().min(1),
  /** UTF-8; the program's standard input, which ends after it. */
  stdin: z
    .string()
    .max(1024 * 1024)
    .default(""),
  timeoutSeconds: z.int().min(1).max(3600).default(60),
});
export type ShellCommandInput = z.infer<typeof ShellCommandInput>;

/** A file's bytes: how many, and their hex SHA-256. */
export const FileContent = z.object({
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type FileContent = z.infer<typeof FileContent>;

/** Characters of an upload's text that its reviewers are shown; a longer one they know by its hash. */
export const maxShownUpload = 16 * 1024;

/** What an upload brings; `text` where it is text and short enough to be read before it is approved. */
export const UploadContent = FileContent.extend({ text: z.string().max(maxShownUpload).optional() });
export type UploadContent = z.infer<typeof UploadContent>;

/** On the host; a relative path, and one in `~`, begins at its user's home. */
export const filePath = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !text.includes("\0"), "must not contain NUL");

/** A file command for an SSH target. An upload's bytes come by `PUT /api/sessions/{id}/files/content`. */
export const FileCommandInput = z.discriminatedUnion("file", [
  z.strictObject({ file: z.literal("list"), path: filePath }),
  /** `binary`: as the bytes are, which nothing can mask; else it must be text. */
  z.strictObject({ file: z.literal("download"), path: filePath, binary: z.boolean().default(false) }),
  z.strictObject({ file: z.literal("upload"), path: filePath, content: UploadContent }),
]);
export type FileCommandInput = z.infer<typeof FileCommandInput>;

/** What is asked of a target, by its kind. */
export const CommandInput = z.union([SqlCommandInput, ShellCommandInput, FileCommandInput]);
export type CommandInput = z.infer<typeof CommandInput>;

export const CommandState = z.enum([
  "held",
  "running",
  "completed",
  "failed",
  "blocked",
  "rejected",
  "expired",
  "withdrawn",
  "cancelled",
  "unknown",
]);
export type CommandState = z.infer<typeof CommandState>;

/** States that nothing changes any more. */
export const finalStates: readonly CommandState[] = [
  "completed",
  "failed",
  "blocked",
  "rejected",
  "expired",
  "withdrawn",
  "cancelled",
  "unknown",
];

export const ResultColumn = z.object({
  name: z.string(),
  type: z.string(),
  /** The class that masks it, or that the viewer sees in clear. */
  class: z.string().optional(),
  masked: z.boolean().optional(),
});
export type ResultColumn = z.infer<typeof ResultColumn>;

export const Row = z.array(z.string().nullable());
export type Row = z.infer<typeof Row>;

/** A message of the target's beside the rows, masked. */
export const Notice = z.object({ severity: z.string(), message: z.string(), code: z.string().optional() });
export type Notice = z.infer<typeof Notice>;

/** The bounded answer of one statement. Values are in the target's text form. */
export const SqlResult = z.object({
  columns: z.array(ResultColumn),
  rows: z.array(Row),
  /** Rows returned, or touched by a write. */
  rowCount: z.int(),
  /** The target's command tag: `SELECT`, `UPDATE`. */
  command: z.string(),
  notices: z.array(Notice),
  /** True where the target had more rows than were returned. */
  truncated: z.boolean(),
  /** Where the answer carries a part of the rows: `?cursor=` of the next page. */
  cursor: z.string().optional(),
});
export type SqlResult = z.infer<typeof SqlResult>;

/** The bounded answer of a shell command: UTF-8, what is no UTF-8 replaced; masked. */
export const ShellResult = z.object({
  stdout: z.string(),
  stderr: z.string(),
  /** Null where a signal ended it. */
  exitCode: z.int().nullable(),
  /** `TERM`, `KILL`... */
  signal: z.string().optional(),
  /** True where there was more output than was returned. */
  truncated: z.boolean(),
});
export type ShellResult = z.infer<typeof ShellResult>;

/** A file in a listing; its name is masked. `mode` holds the permission bits. */
export const FileEntry = z.object({
  name: z.string(),
  kind: z.enum(["file", "directory", "link", "other"]),
  size: z.number(),
  mode: z.int(),
  modifiedAt: z.iso.datetime(),
  /** Kinds of secret that reading it would give away, as far as its name tells; absent where none. */
  secrets: z.array(z.string()).optional(),
});
export type FileEntry = z.infer<typeof FileEntry>;

/** What a file command gave. A download's content is fetched by `GET /api/commands/{id}/content`. */
export const FileResult = z.object({
  entries: z.array(FileEntry).optional(),
  /** True where the directory has more than was listed. */
  truncated: z.boolean(),
  /** What the host gave, or took. */
  host: FileContent.optional(),
  /** What of it was shown, masked; absent for an upload. */
  shown: FileContent.optional(),
});
export type FileResult = z.infer<typeof FileResult>;

/** An error of the target's, masked. */
export const TargetError = z.object({
  code: z.string(),
  message: z.string(),
  detail: z.string().optional(),
  hint: z.string().optional(),
  position: z.int().optional(),
});
export type TargetError = z.infer<typeof TargetError>;

export const MaskedField = z.object({
  /** Result field name, or `notice`, `error`. */
  field: z.string(),
  class: z.string(),
  /** `source`: rewritten in the query; `detector`: found in what came back. */
  by: z.enum(["source", "detector"]),
  rule: z.string(),
});
export type MaskedField = z.infer<typeof MaskedField>;

export const Timing = z.object({
  /** The gate's own work before the first byte went out. */
  gateMs: z.number(),
  targetMs: z.number(),
  totalMs: z.number(),
});
export type Timing = z.infer<typeof Timing>;

export const CommandReview = z.object({
  id: ReviewId,
  expiresAt: z.iso.datetime(),
  /** Group and how many of its people must approve. */
  reviewers: z.array(z.object({ group: z.string(), quorum: z.int() })),
  votes: z.array(
    z.object({
      name: z.string(),
      verdict: z.enum(["approve", "reject"]),
      at: z.iso.datetime(),
      comment: z.string(),
    }),
  ),
});
export type CommandReview = z.infer<typeof CommandReview>;

const common = {
  id: CommandId,
  session: SessionId,
  target: TargetName,
  actor: ActorId,
  actorName: z.string(),
  state: CommandState,
  submittedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
  decision: Decision.optional(),
  review: CommandReview.optional(),
  error: TargetError.optional(),
  masked: z.array(MaskedField).optional(),
  timing: Timing.optional(),
  /** Ledger sequence numbers: intent and outcome. */
  evidence: z
    .object({ intent: z.int().optional(), outcome: z.int().optional(), sha256: z.string() })
    .optional(),
};

/** A command for a SQL target. */
export const SqlCommand = z.object({
  kind: z.literal("sql"),
  ...common,
  /** Exactly what was asked. */
  sql: z.string(),
  parameters: z.array(Parameter),
  maxRows: z.int(),
  /** The last statement's result; rows only where the answer carries them inline. */
  result: SqlResult.optional(),
  /** One per statement, for a script of several. */
  results: z.array(SqlResult).optional(),
  /** What runs, after rewriting; shown to the actor. */
  rewritten: z.string().optional(),
});
export type SqlCommand = z.infer<typeof SqlCommand>;

/** A command for an SSH target. */
export const ShellCommand = z.object({
  kind: z.literal("shell"),
  ...common,
  /** Exactly what was asked. */
  command: z.string(),
  stdin: z.string(),
  timeoutSeconds: z.int(),
  /** Typed in a terminal: what it printed is part of the terminal's recording. */
  terminal: z.boolean(),
  result: ShellResult.optional(),
});
export type ShellCommand = z.infer<typeof ShellCommand>;

/** A file command for an SSH target. */
export const FileCommand = z.object({
  kind: z.literal("file"),
  ...common,
  file: z.enum(["list", "download", "upload"]),
  /** Exactly what was asked. */
  path: z.string(),
  /** What the host calls it, links and `..` resolved: by this it is judged. */
  resolved: z.string(),
  /** Of an upload: something stood there when it was judged. */
  replaces: z.boolean(),
  binary: z.boolean(),
  content: UploadContent.optional(),
  result: FileResult.optional(),
});
export type FileCommand = z.infer<typeof FileCommand>;

/** A command as the API shows it to its own actor. */
export const Command = z.discriminatedUnion("kind", [SqlCommand, ShellCommand, FileCommand]);
export type Command = z.infer<typeof Command>;
