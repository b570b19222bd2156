import { setTimeout } from "node:timers/promises";
import { Refusal } from "../../shared/contract/errors.ts";
import type { SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { recordingVersion } from "../../shared/recording/format.ts";
import type { Append } from "./append.ts";
import type { CommandEvidence } from "./command-evidence.ts";
import type { Recorder } from "./recorder.ts";
import { sinceOpened, type Live, type Recordings } from "./recordings.ts";

/** How long an ending session waits for the outcome of what it was running. */
const outcomeGraceMs = 5_000;

export type SessionEvidence = {
  /**
   * The session's recorder. A new recording begins with `opened` and the entry session.opened; an unfinished one is
   * continued. Refuses: session_closed, conflict (another process holds it), journal_unavailable.
   */
  open(session: Session, actor: Pick<Actor, "kind">): Promise<Recorder>;
  /** The recorder of an unfinished recording; undefined where there is none that this process may write. */
  recorder(session: SessionId): Promise<Recorder | undefined>;
  /**
   * Ends the recording with `closed` and the entry session.closed, after the outcome of what still ran. Does nothing
   * where it has ended, was never begun, or where another living process holds it, whose own end it then is.
   */
  close(session: SessionId, because: string, by?: string): Promise<void>;
};

export function createSessionEvidence(dependencies: {
  append: Append;
  recordings: Recordings;
  commands: Pick<CommandEvidence, "quiet" | "abandon">;
  now: () => number;
  onError: (error: unknown) => void;
}): SessionEvidence {
  const { append, recordings, commands, now, onError } = dependencies;
  const opening = new Map<SessionId, Promise<Recorder>>();
  const closing = new Map<SessionId, Promise<void>>();

  const begin = async (session: Session, actorKind: Actor["kind"], { recorder, info }: Live) => {
    if ((await recorder.flush()).events === 0)
      recorder.write({
        type: "opened",
        at: 0,
        version: recordingVersion,
        session: session.id,
        target: session.target,
        kind: session.kind,
        actor: { id: session.actor, name: session.actorName, kind: actorKind },
        reason: session.reason,
        startedAt: session.openedAt,
      });
    if (info.ledgerSeq > 0) return;
    const head = await recorder.flush({ sync: true });
    const { target, kind, reason } = session;
    const body = { target, kind, reason, actorKind };
    await append(
      { kind: "session.opened", actor: session.actor, session: session.id, command: null, body },
      { anchor: { session: session.id, ...head, endedAt: null } },
    );
  };

  const open = async (session: Session, actorKind: Actor["kind"]): Promise<Recorder> => {
    const live = await recordings.open({
      session: session.id,
      target: session.target,
      kind: session.kind,
      actor: session.actor,
      actorName: session.actorName,
      startedAt: session.openedAt,
    });
    try {
      await begin(session, actorKind, live);
      return live.recorder;
    } catch (error) {
      // Without its first entry it must not look open to the next caller.
      await recordings.release(session.id).catch(onError);
      throw error;
    }
  };

  const close = async (session: SessionId, because: string, by: string | undefined): Promise<void> => {
    const info = await recordings.get(session);
    if (!info || info.endedAt !== undefined) return;
    await Promise.race([commands.quiet(session), setTimeout(outcomeGraceMs, undefined, { ref: false })]);
    commands.abandon(session);
    let head;
    try {
      const recording = await recordings.resume(session);
      recording?.recorder.write({ type: "closed", at: sinceOpened(info, now()), because });
      head = await recording?.recorder.flush({ sync: true });
    } catch (error) {
      if (error instanceof Refusal && error.code === "conflict") return;
      // A recording that failed is closed too: the entry then says that its end is missing.
      onError(error);
    }
    // Without it, what the ledger last vouched for.
    const { events, bytes, hash } = head ?? (await recordings.get(session)) ?? info;
    const body = { because, recording: { events, hash, complete: head !== undefined } };
    await append(
      { kind: "session.closed", actor: by ?? info.actor, session, command: null, body },
      { anchor: { session, events, bytes, hash, endedAt: new Date(now()).toISOString() } },
    );
    await recordings.release(session).catch(onError);
  };

  return {
    async open(session, actor) {
      const live = recordings.live(session.id);
      const pending = opening.get(session.id);
      if (live && !pending) return live;
      const opened = pending ?? open(session, actor.kind).finally(() => opening.delete(session.id));
      opening.set(session.id, opened);
      return opened;
    },
    async recorder(session) {
      try {
        return (await opening.get(session)) ?? (await recordings.resume(session))?.recorder;
      } catch (error) {
        if (error instanceof Refusal && (error.code === "conflict" || error.code === "session_closed"))
          return undefined;
        throw error;
      }
    },
    close(session, because, by) {
      const closed =
        closing.get(session) ?? close(session, because, by).finally(() => closing.delete(session));
      closing.set(session, closed);
      return closed;
    },
  };
}
