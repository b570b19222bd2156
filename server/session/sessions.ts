import { canonicalJson } from "../../shared/canonical.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import { newId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { Limits } from "../config/config.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import { closedRefusal, createLive, type LiveEntry, type LiveSession } from "./live.ts";
import { sessionStore, type StoredSession } from "./store.ts";

export type { LiveSession } from "./live.ts";

/** Sessions are rows, so they survive a restart; what is live of them is in the process that runs their commands. */
export type Sessions = {
  /** Whether policy lets the actor in was asked before. Throws `target_disabled`, `session_limit`, `invalid`. */
  open(actor: Actor, target: Target, reason: string): Promise<Session>;
  /** The actor's own, open or closed. Throws `not_found` for others' and unknown ones alike. */
  get(id: string, actor: Pick<Actor, "id">): Promise<Session>;
  /** The actor's open ones, the latest first; with no actor everybody's. */
  list(actor?: Pick<Actor, "id">): Promise<Session[]>;
  /**
   * To run a command in the actor's own session; what their token says of them is kept for commands that run later.
   * Throws `not_found`, `session_closed`.
   */
  live(id: string, actor: Actor): Promise<LiveSession>;
  /** The session's actor as their latest token described them. Throws `not_found`, `session_closed`. */
  actorOf(id: SessionId): Promise<Actor>;
  /** The owner closes; an auditor or administrator kills. Throws `not_found` to everybody else. */
  end(id: string, actor: Pick<Actor, "id" | "roles">): Promise<Session>;
  /** Ends it here at once and everywhere by notification. Undefined where it had ended. */
  close(id: SessionId, because: string): Promise<Session | undefined>;
  /** Ends all at a target, as when it is disabled or removed. */
  closeAt(target: string, because: string): Promise<Session[]>;
  /** Ends what is expired or idle, and what another process has ended; to be called every few seconds. */
  sweep(): Promise<Session[]>;
  /** Drops connections, leaving the sessions open for the next process. */
  stop(): void;
};

export type SessionLimits = Pick<Limits, "sessionsPerActor" | "sessionIdleMs" | "sessionLifetimeMs"> & {
  /** Sessions need a reason, for reviewers and auditors. */
  reasonRequired?: boolean;
};

const isSame = (a: Actor, b: Actor) => a === b || canonicalJson(a) === canonicalJson(b);

const nothing = () => new Refusal("not_found", "There is no such session.");

export function createSessions({
  database,
  notifier,
  now,
  limits,
  onError,
}: {
  database: Database;
  notifier: Notifier;
  now: () => number;
  limits: SessionLimits;
  /** Hears of connections that would not close. */
  onError: (error: unknown) => void;
}): Sessions {
  const store = sessionStore(database);
  const entries = new Map<SessionId, LiveEntry>();

  const endHere = (id: SessionId, because: string) => {
    entries.get(id)?.end(because);
    entries.delete(id);
  };
  const unsubscribe = notifier.subscribe((event) => {
    const id = event.type === "session.closed" ? SessionId.safeParse(event.session) : undefined;
    if (event.type === "session.closed" && id?.success) endHere(id.data, event.because);
  });

  async function close(id: SessionId, because: string): Promise<Session | undefined> {
    // Before the store is asked: where it gives no answer, the session ends all the same.
    entries.get(id)?.end(because);
    const closed = await store.close(id, new Date(now()), because);
    entries.delete(id);
    if (closed !== undefined)
      await notifier.publish({ type: "session.closed", session: id, target: closed.target, because });
    return closed;
  }

  async function owned(id: string, actor: Pick<Actor, "id">): Promise<StoredSession> {
    const stored = SessionId.safeParse(id).success ? await store.find(id) : undefined;
    if (stored === undefined || stored.session.actor !== actor.id) throw nothing();
    return stored;
  }

  /** Why it has to end now, if it has to. */
  function overdue({
    session,
    usedAt,
  }: Pick<StoredSession, "session" | "usedAt">): "expired" | "idle" | undefined {
    if (now() >= Date.parse(session.expiresAt)) return "expired";
    return now() >= usedAt + limits.sessionIdleMs ? "idle" : undefined;
  }

  /** The entry in memory; otherwise one for the row, looked at again lest it was closed in between. */
  async function entryOf(id: string, actor: Pick<Actor, "id">): Promise<LiveEntry> {
    const known = SessionId.safeParse(id);
    const entry = known.success ? entries.get(known.data) : undefined;
    if (entry !== undefined) {
      if (entry.live.session.actor !== actor.id) throw nothing();
      return entry;
    }
    const stored = await owned(id, actor);
    const { session } = stored;
    if (session.state === "closed") throw closedRefusal(session.closedBecause ?? "closed");
    const fresh = entries.get(session.id) ?? createLive(stored, { now, onError });
    entries.set(session.id, fresh);
    for (const closed of await store.closedAmong([session.id]))
      endHere(closed.id, closed.closedBecause ?? "closed");
    return fresh;
  }

  return {
    async open(actor, target, reason) {
      if (target.disabled) throw new Refusal("target_disabled", `The target ${target.name} is disabled.`);
      if (limits.reasonRequired === true && reason.trim() === "")
        throw new Refusal("invalid", "A session needs a reason.", {
          hint: "Say in a few words what it is for.",
        });
      const openedAt = now();
      const session: Session = {
        id: SessionId.parse(newId("session", openedAt)),
        target: target.name,
        kind: target.kind,
        actor: actor.id,
        actorName: actor.name,
        state: "open",
        reason: reason.trim(),
        openedAt: new Date(openedAt).toISOString(),
        expiresAt: new Date(openedAt + limits.sessionLifetimeMs).toISOString(),
      };
      if (!(await store.insert(session, actor, limits.sessionsPerActor)))
        throw new Refusal("session_limit", `You have ${limits.sessionsPerActor} open sessions.`, {
          hint: "Close one of them first.",
        });
      await notifier.publish({ type: "session.opened", session: session.id, target: session.target });
      return session;
    },

    get: async (id, actor) => (await owned(id, actor)).session,
    list: (actor) => store.open(actor?.id),

    async live(id, actor) {
      const entry = await entryOf(id, actor);
      const { session, signal } = entry.live;
      const because = overdue({ session, usedAt: entry.usedAt() });
      if (because !== undefined) await close(session.id, because);
      signal.throwIfAborted();
      if (!isSame(entry.actor, actor)) {
        entry.actor = actor;
        await store.updateActor(session.id, actor);
      }
      entry.live.touch();
      return entry.live;
    },

    async actorOf(id) {
      const stored = await store.find(id);
      if (stored === undefined) throw nothing();
      if (stored.session.state === "closed") throw closedRefusal(stored.session.closedBecause ?? "closed");
      return stored.actor;
    },

    async end(id, actor) {
      const stored = SessionId.safeParse(id).success ? await store.find(id) : undefined;
      const isOwner = stored?.session.actor === actor.id;
      const mayKill = actor.roles.includes("auditor") || actor.roles.includes("administrator");
      if (stored === undefined || !(isOwner || mayKill)) throw nothing();
      const closed = await close(stored.session.id, isOwner ? "closed" : "killed");
      return closed ?? (await store.find(id))?.session ?? stored.session;
    },

    close,

    async closeAt(target, because) {
      const closed: Session[] = [];
      for (const { id } of await store.openAt(target)) {
        const session = await close(id, because);
        if (session !== undefined) closed.push(session);
      }
      return closed;
    },

    async sweep() {
      await store.used([...entries].map(([id, entry]) => ({ id, usedAt: entry.usedAt() })));
      const gone = await store.closedAmong([...entries.keys()]);
      for (const { id, closedBecause } of gone) endHere(id, closedBecause ?? "closed");
      const swept: Session[] = [];
      for (const stored of await store.overdue(new Date(now()), new Date(now() - limits.sessionIdleMs))) {
        const { session } = stored;
        const usedAt = entries.get(session.id)?.usedAt() ?? stored.usedAt;
        const because = overdue({ session, usedAt });
        const closed = because === undefined ? undefined : await close(session.id, because);
        if (closed !== undefined) swept.push(closed);
      }
      return swept;
    },

    stop() {
      unsubscribe();
      for (const { live } of entries.values()) live.backend.drop();
    },
  };
}
