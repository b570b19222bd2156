import { Refusal } from "../../shared/contract/errors.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { createQueue, type Queue } from "./queue.ts";
import type { Backend } from "../protocols/postgres/connect/backend.ts";
import type { SshBackend } from "../protocols/ssh/connect/backend.ts";
import { createSlot, type Slot } from "./slot.ts";

/** A session in the process that runs its commands. */
export type LiveSession = {
  readonly session: Session;
  /** Aborted, with a Refusal `session_closed`, at once when the session ends. */
  readonly signal: AbortSignal;
  /** Its connection to a PostgreSQL target, and to an SSH host: one of them is ever used. */
  readonly backend: Slot<Backend>;
  readonly host: Slot<SshBackend>;
  /** One command at a time, in order. Throws `session_busy`, `session_closed`. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** As `exclusive`, for what needs no turn among the commands: a file is moved while an editor is open. */
  beside<T>(work: () => Promise<T>): Promise<T>;
  /** Somebody used it: puts off the end by idleness. */
  touch(): void;
  /** Until the returned function is called, that a command runs does not: it goes on whether or not somebody is there. */
  rest(): () => void;
};

/** Commands that may wait for the one that runs. */
const maxWaiting = 16;

/** What the room itself knows of a live session beside what it shows. */
export type LiveEntry = {
  live: LiveSession;
  /** Milliseconds since 1970: now, while a command runs that tells of somebody who waits for it. */
  usedAt(): number;
  end(because: string): void;
};

export function createLive(
  { session, usedAt }: { session: Session; usedAt: number },
  { now, onError }: { now: () => number; onError: (error: unknown) => void },
): LiveEntry {
  const abort = new AbortController();
  const queue = createQueue({ maxWaiting, signal: abort.signal });
  const besides = createQueue({ maxWaiting, signal: abort.signal });
  let touchedAt = usedAt;
  const touch = () => {
    touchedAt = now();
  };
  let resting = 0;
  const rest = () => {
    touch();
    resting++;
    return () => void resting--;
  };
  const inTurn = async <T>(line: Queue, work: () => Promise<T>): Promise<T> => {
    touch();
    try {
      return await line.exclusive(work);
    } finally {
      touch();
    }
  };
  return {
    live: {
      session,
      signal: abort.signal,
      backend: createSlot(abort.signal, onError),
      host: createSlot(abort.signal, onError),
      ...{ touch, rest },
      exclusive: (work) => inTurn(queue, work),
      beside: (work) => inTurn(besides, work),
    },
    usedAt: () => (resting === 0 && (queue.busy() || besides.busy()) ? now() : touchedAt),
    end: (because) => abort.abort(closedRefusal(because)),
  };
}

const reasons: Record<string, string> = {
  closed: "it was closed",
  expired: "its time was over",
  idle: "nobody used it",
  killed: "an auditor or administrator ended it",
  token: "the token that it was used with has ended",
  revoked: "an administrator has taken the access back",
  target: "the target was disabled or removed",
  policy: "the policies were changed, and no longer let you in",
  recorder: "it could not be recorded any more",
};

export function closedRefusal(because: string): Refusal {
  const why = Object.hasOwn(reasons, because) ? reasons[because] : because;
  return new Refusal("session_closed", `The session has ended: ${why}.`, {
    hint: "Open a new one.",
    extra: { because },
  });
}
