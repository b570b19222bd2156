import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Command, CommandInput } from "../../shared/nouns/command.ts";
import type { Review } from "../../shared/nouns/review.ts";
import type { Received } from "./spool.ts";
import type { UnderWay } from "./under-way.ts";

/** One command as it is asked for. */
export type Submission = { actor: Actor; session: SessionId; input: CommandInput; id?: CommandId };

/** An upload's content comes beside what is asked: it is the command's from the moment it has an id. */
export type WithContent = { content?: Received | undefined };

/** A command on its way: `settled` resolves when it has ended or is held; its rows went to the session's viewers. */
export type Accepted = { id: CommandId; settled: Promise<Command> };

/** The way of one command through all stages, in order. */
export type Exchange = {
  /**
   * Rejects, with nothing recorded as run, where the command cannot be read (`sql_unparseable`, `sql_too_large`,
   * `parameters_mismatch`) or the session takes none (`not_found`, `session_closed`, `session_busy`).
   */
  submit(submission: Submission): Promise<Accepted>;
  /**
   * Runs a held command whose review was approved. Everything is looked at again; the approval is spent once.
   * Rejects where what was approved no longer holds (`stale_authority`, `session_closed`...).
   */
  resume(review: Review, submission: Submission & { id: CommandId }, submittedAt: string): Promise<Command>;
} & Pick<UnderWay, "early" | "led" | "cancel" | "drain">;
