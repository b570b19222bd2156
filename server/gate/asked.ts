import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import {
  FileCommandInput,
  type Command,
  type CommandInput,
  type CommandState,
  type FileCommand,
  type MaskedField,
  type TargetError,
  type Timing,
} from "../../shared/nouns/command.ts";
import type { Impact, Review } from "../../shared/nouns/review.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { digest, type Parts } from "../approval/approvals.ts";
import type { CommandRefusal, NewCommand, Request } from "../journal/command-row.ts";
import type { Executable } from "../protocols/postgres/connect/chunk.ts";
import type { FilePlace } from "../protocols/ssh/connect/executable.ts";
import { spoken } from "../protocols/ssh/facts/describe-file.ts";
import type { FileUnderstanding } from "./understand-file.ts";
import type { SqlUnderstanding, Understanding } from "./understand.ts";

/** A command that was asked for and understood. */
export type Asked<Known extends Understanding = Understanding> = {
  id: CommandId;
  actor: Actor;
  session: Session;
  understanding: Known;
  /** RFC 3339. */
  submittedAt: string;
  /** Of the monotonic clock, in milliseconds, for timing. */
  startedMs: number;
  /** Over what would run, for the records and the run; the mint hashes for itself, and a Permit for another hash is refused. */
  sha256: string;
};

/** With the hash of what would run. Throws `parameters_mismatch`. */
export function asAsked(asked: Omit<Asked, "sha256">): Asked {
  const { understanding } = asked;
  if (understanding.kind === "sql") {
    const { parameters } = understanding.meaning.facts;
    const given = understanding.input.parameters.length;
    if (given !== parameters)
      throw new Refusal("parameters_mismatch", `It has ${parameters} parameters, and ${given} were given.`);
  }
  return { ...asked, sha256: digest(partsOf(asked)) };
}

/** What was asked, as the journal keeps it. */
function requestOf(understanding: Understanding): Request {
  if (understanding.kind === "shell") return { kind: "shell", ...understanding.input };
  if (understanding.kind === "file") return { kind: "file", ...fileOf(understanding) };
  const { input, rewritten } = understanding;
  return { kind: "sql", ...input, ...(rewritten?.display !== undefined && { rewritten: rewritten.display }) };
}

/** A file command as journal and recording tell it. */
export function fileOf({ input, place }: FileUnderstanding) {
  const { file, path } = input;
  return {
    ...{ file, path, resolved: place.path },
    replaces: file === "upload" && place.exists,
    binary: file === "download" && input.binary,
    ...(file === "upload" && { content: input.content }),
  };
}

/** The text that was asked, the bytes that would run, and the values that go with them. */
function bytesOf(understanding: Understanding): Pick<Parts, "original" | "sql" | "parameters"> {
  if (understanding.kind === "sql") {
    const { input, rewritten } = understanding;
    return { original: input.sql, sql: rewritten?.sql ?? input.sql, parameters: input.parameters };
  }
  if (understanding.kind === "file") return fileBytes(understanding);
  const { command, stdin } = understanding.input;
  return { original: command, sql: understanding.final, parameters: stdin === "" ? [] : [stdin] };
}

/** What of a file command its approval is bound to: where its path leads, and the very bytes that go there. */
function fileBytes({ input, place }: FileUnderstanding): Pick<Parts, "original" | "sql" | "parameters"> {
  const { file, path } = input;
  const does = `${file} ${spoken(place.path)}`;
  const original = `${file} ${spoken(path)}`;
  if (input.file !== "upload")
    return {
      original,
      sql: input.file === "download" && input.binary ? `${does} as bytes` : does,
      parameters: [],
    };
  const { bytes, sha256, text } = input.content;
  const how = place.exists ? "in place of what is there" : "as a new file";
  return {
    original,
    sql: `${does} ${how}: ${bytes} bytes, sha256 ${sha256}`,
    parameters: text === undefined ? [] : [text],
  };
}

/** What was asked, out of the journal. */
export function inputOf(command: Command): CommandInput {
  if (command.kind === "sql") {
    const { sql, parameters, maxRows } = command;
    return { sql, parameters, maxRows };
  }
  if (command.kind === "file") return FileCommandInput.parse(fileInput(command));
  const { command: text, stdin, timeoutSeconds } = command;
  return { command: text, stdin, timeoutSeconds };
}

const fileInput = ({ file, path, binary, content }: FileCommand) => ({
  ...{ file, path },
  ...(file === "download" && { binary }),
  ...(file === "upload" && { content }),
});

/** Where a file command's path led when it was judged, out of the journal. */
export const placeOf = (command: Command): FilePlace | undefined =>
  command.kind === "file" ? { path: command.resolved, exists: command.replaces } : undefined;

/** What its approval speaks of: the bytes that would run and everything that they are bound to. */
export function partsOf(asked: Omit<Asked, "sha256">, impact: Impact | null = null): Parts {
  const { id, actor, session, understanding } = asked;
  const { target, decision, meaning } = understanding;
  return {
    commandId: id,
    actor,
    session: { id: session.id, reason: session.reason },
    target,
    ...bytesOf(understanding),
    obligations: decision.obligations,
    policyVersion: decision.policyVersion,
    writes: meaning.facts.writes,
    resolved: understanding.resolved,
    impact,
  };
}

/** What the journal keeps of it from its first entry on. */
export function recordOf(asked: Asked): NewCommand {
  const { id, actor, session, understanding, submittedAt, sha256 } = asked;
  return {
    id,
    session: session.id,
    target: session.target,
    actor: actor.id,
    actorName: actor.name,
    request: requestOf(understanding),
    submittedAt,
    decision: understanding.decision,
    sha256,
  };
}

/** Statements whose command tag tells every row that they touch, where they hold no other write. */
const tellsRows = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

/** What the connector runs under the permit. */
export function executableOf(asked: Asked<SqlUnderstanding>): Executable {
  const { input, meaning, rewritten, decision } = asked.understanding;
  if (rewritten === undefined) throw new TypeError("a blocked command has nothing to run");
  const { obligations } = decision;
  return {
    sql: rewritten.sql,
    statements: meaning.statements.map(({ node, actions, returnsRows, writes, outside }, i) => ({
      span: rewritten.statements[i]?.span ?? { start: 0, end: 0 },
      returnsRows,
      writes,
      hiddenWrites: writes && (actions.length > 1 || !tellsRows.has(node)),
      outside,
    })),
    parameters: input.parameters,
    maxRows: Math.min(input.maxRows, obligations.maxRows),
    timeoutMs: obligations.timeoutMs,
    maxAffectedRows: obligations.maxAffectedRows,
    writes: meaning.facts.writes,
    sha256: asked.sha256,
  };
}

/** Rows that a held write may touch where they could not be counted for its reviewers. */
const uncountedRows = 10_000;
const countable = new Set(["sql.insert", "sql.update", "sql.delete", "sql.merge"]);

/** How many rows a held command may touch, by what its reviewers are shown; null: as many as policy says. */
export function shownBound(asked: Asked<SqlUnderstanding>, impact: Impact): number | null {
  if (impact.countCapped) return null;
  const { actions } = asked.understanding.meaning.facts;
  return impact.countedRows ?? (actions.some((action) => countable.has(action)) ? uncountedRows : null);
}

/** The same command, bound to touch no more rows than its reviewers are shown. */
export function boundBy(asked: Asked, counted: number | null): Asked {
  const { understanding } = asked;
  const { decision } = understanding;
  const bounds = [decision.obligations.maxAffectedRows, counted].filter((bound) => bound !== null);
  const maxAffectedRows = bounds.length > 0 ? Math.min(...bounds) : null;
  const obligations = { ...decision.obligations, maxAffectedRows };
  return asAsked({ ...asked, understanding: { ...understanding, decision: { ...decision, obligations } } });
}

/** How it stands. */
export type Standing = {
  state: CommandState;
  review?: Review;
  error?: TargetError | undefined;
  refusal?: CommandRefusal | undefined;
  masked?: MaskedField[];
  timing?: Timing;
  intentSeq?: number;
  outcomeSeq?: number;
};

/** The command as the API shows it to its actor, without rows. */
export function commandOf(asked: Asked, standing: Standing, finishedAt?: string): Command {
  const { request, sha256, ...rest } = recordOf(asked);
  return {
    ...request,
    ...rest,
    state: standing.state,
    finishedAt,
    review: standing.review && reviewOf(standing.review),
    error:
      standing.error ??
      (standing.refusal && {
        code: standing.refusal.code,
        message: standing.refusal.detail,
        hint: standing.refusal.hint,
      }),
    masked: standing.masked,
    timing: standing.timing,
    evidence: { intent: standing.intentSeq, outcome: standing.outcomeSeq, sha256 },
  };
}

/** A command that another request's process works on, before it has told anything of it: what was asked, no more. */
export function awaited({
  id,
  actor,
  session,
  input,
  submittedAt,
}: Pick<Asked, "id" | "actor" | "session" | "submittedAt"> & { input: CommandInput }): Command {
  const known = {
    ...{ id, submittedAt, session: session.id, target: session.target },
    ...{ actor: actor.id, actorName: actor.name, state: "running" as const },
  };
  if ("sql" in input) return { kind: "sql", ...known, ...input };
  if ("command" in input) return { kind: "shell", ...known, ...input, terminal: false };
  // Where its path leads only the host knows.
  return { kind: "file", ...known, binary: false, ...input, resolved: input.path, replaces: false };
}

/** A review as the command's own actor sees it. */
export function reviewOf(review: Review): NonNullable<Command["review"]> {
  return {
    id: review.id,
    expiresAt: review.expiresAt,
    reviewers: review.decision.obligations.reviewers.map(({ group, quorum }) => ({ group, quorum })),
    votes: review.votes.map(({ name, verdict, at, comment }) => ({ name, verdict, at, comment })),
  };
}
