import type pg from "pg";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, SessionId, type ReviewId } from "../../shared/ids.ts";
import type { CommandState, MaskedField, TargetError, Timing } from "../../shared/nouns/command.ts";
import type { Append, Noted } from "./append.ts";
import type { Draft } from "./chain.ts";
import { printEnded, toInsert, type CommandRefusal, type NewCommand } from "./command-row.ts";
import { bodyOfCommand, bodyOfOutcome } from "./entry-bodies.ts";
import type { Processes } from "./processes.ts";
import { sinceOpened, type Recordings } from "./recordings.ts";

const maxRecovered = 1_000;

/** How a command ended. */
export type Outcome = {
  id: CommandId;
  session: SessionId;
  actor: string;
  state: Exclude<CommandState, "held" | "running">;
  sha256: string;
  error?: TargetError | undefined;
  refusal?: CommandRefusal | undefined;
  masked?: MaskedField[] | undefined;
  timing?: Timing | undefined;
  /** It could have changed something: its recording is flushed to the disk before the outcome is acknowledged. */
  writes: boolean;
};

/** Evidence that brackets a command's effect. Everything refuses with journal_unavailable where there was no commit. */
export type CommandEvidence = {
  /** command.blocked: the command ends before it began. */
  block(command: NewCommand, refusal?: CommandRefusal): Promise<Noted>;
  /** review.opened: the command is held. */
  hold(command: NewCommand & { review: ReviewId }): Promise<Noted>;
  /** command.intent: durable before the first byte goes to the target. Refuses: conflict where it ran or ended. */
  intend(command: NewCommand): Promise<Noted>;
  /**
   * command.outcome, with how far the recording has come. Write the recording's `outcome` event before. Where the
   * recorder has failed the entry says so, and then this refuses with journal_unavailable. Refuses: conflict where it
   * does not run any more: this gateway was taken for dead, and the outcome is `unknown` by then.
   */
  outcome(outcome: Outcome): Promise<Noted>;
  /** Gives running commands that nobody runs any more the outcome `unknown`. Returns their ids. */
  recover(): Promise<CommandId[]>;
  /** Resolves once no command of the session is between intent and outcome. */
  quiet(session: SessionId): Promise<void>;
  /** The session is over: what had no outcome by now gets none from whoever ran it. */
  abandon(session: SessionId): void;
};

type Running = { session: SessionId; over: Promise<void>; end: () => void };

export function createCommandEvidence(dependencies: {
  pool: pg.Pool;
  append: Append;
  recordings: Recordings;
  processes: Processes;
  now: () => number;
  onError: (error: unknown) => void;
}): CommandEvidence {
  const { pool, append, recordings, processes, now, onError } = dependencies;
  /** Commands between intent and outcome in this process. */
  const running = new Map<CommandId, Running>();
  const time = () => new Date(now()).toISOString();

  const begin = (id: CommandId, session: SessionId) => {
    let end = () => {};
    const over = new Promise<void>((resolve) => (end = resolve));
    running.set(id, { session, over, end });
  };
  const end = (id: CommandId) => {
    running.get(id)?.end();
    running.delete(id);
  };
  const ofSession = (session: SessionId) => [...running].filter(([, one]) => one.session === session);

  /** The outcome is true whatever became of the recording: a failed one is said in its entry, and in `failure`. */
  const conclude = async (ended: Outcome): Promise<{ noted: Noted; failure: unknown }> => {
    const recorder = recordings.live(ended.session);
    try {
      let failure: unknown;
      const head = await recorder?.flush({ sync: ended.writes }).catch((error: unknown) => {
        failure = error;
        return undefined;
      });
      const given = (head && recorder?.summary(ended.id)) ?? { results: [] };
      const { error, refusal, masked, timing } = ended;
      const noted = await append(draftOf("command.outcome", ended, bodyOfOutcome(ended, given, head)), {
        end: {
          id: ended.id,
          state: ended.state,
          finishedAt: time(),
          ended: printEnded({ error, refusal, masked, timing, ...given, rowsTo: head?.bytes ?? 0 }),
        },
        ...(head && { anchor: { session: ended.session, ...head, endedAt: null } }),
        guard: "while running",
      });
      return { noted, failure };
    } finally {
      end(ended.id);
      recorder?.forget(ended.id);
    }
  };

  /** False where somebody else has given it its outcome meanwhile. */
  const concludeUnknown = async (id: CommandId, session: SessionId, actor: string): Promise<boolean> => {
    const state = "unknown" as const;
    try {
      const recording = await recordings.resume(session);
      const at = recording && sinceOpened(recording.info, now());
      if (at !== undefined)
        recording?.recorder.write({ type: "outcome", at, command: id, state, masked: [] });
    } catch (error) {
      // A recording that cannot be continued is no reason to hide what is known of the command; one that has ended
      // takes nothing more.
      if (!(error instanceof Refusal && error.code === "session_closed")) onError(error);
    }
    try {
      const { failure } = await conclude({ id, session, actor, state, sha256: "", writes: true });
      if (failure !== undefined) onError(failure);
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.code === "conflict") return false;
      throw error;
    }
  };

  return {
    block: (command, refusal) =>
      append(draftOf("command.blocked", command, bodyOfCommand(command, refusal)), {
        insert: toInsert(command, "blocked", processes.self, time(), refusal),
      }),
    hold: (command) =>
      append(draftOf("review.opened", command, { ...bodyOfCommand(command), review: command.review }), {
        insert: toInsert(command, "held", processes.self, null),
      }),
    async intend(command) {
      begin(command.id, command.session);
      try {
        return await append(draftOf("command.intent", command, bodyOfCommand(command)), {
          insert: toInsert(command, "running", processes.self, null),
          guard: "unless begun",
        });
      } catch (error) {
        end(command.id);
        throw error;
      }
    },
    async outcome(ended) {
      const { noted, failure } = await conclude(ended);
      if (failure !== undefined) throw failure;
      return noted;
    },
    async recover() {
      // Taken before the look: what ends meanwhile is not lost.
      const ours = new Set(running.keys());
      const { rows } = await pool.query<{ id: string; session: string; actor: string; process: number }>(
        "select id, session, actor, process from commands where state = 'running' limit $1",
        [maxRecovered],
      );
      const dead = new Set(await processes.dead([...new Set(rows.map(({ process }) => process))]));
      const recovered: CommandId[] = [];
      for (const row of rows) {
        const id = CommandId.parse(row.id);
        const lost =
          row.process === processes.self ? !ours.has(id) && !running.has(id) : dead.has(row.process);
        if (!lost) continue;
        if (await concludeUnknown(id, SessionId.parse(row.session), row.actor)) recovered.push(id);
      }
      return recovered;
    },
    async quiet(session) {
      await Promise.all(ofSession(session).map(([, { over }]) => over));
    },
    abandon(session) {
      for (const [id] of ofSession(session)) end(id);
    },
  };
}

function draftOf(
  kind: Draft["kind"],
  command: { id: CommandId; session: SessionId; actor: string },
  body: Draft["body"],
): Draft {
  return { kind, actor: command.actor, session: command.session, command: command.id, body };
}
