import { can } from "../../shared/can/can.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import { type ActorId, newId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { PresentActor } from "../../shared/nouns/block.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { Limits } from "../config/config.ts";
import type { Database } from "../db/database.ts";
import type { Notifier } from "../db/notify.ts";
import { closedRefusal, createLive, type LiveEntry, type LiveSession } from "./live.ts";
import { hasRightsOf, isBehind, isSame } from "./rights.ts";
import { type Ended, sessionStore, type StoredSession } from "./store.ts";

export type { LiveSession } from "./live.ts";
export type { Ended, StoredSession } from "./store.ts";

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
  end(id: string, actor: Pick<Actor, "id" | "kind" | "roles">): Promise<Session>;
  /** Ends it here at once and everywhere by notification. Undefined where it had ended. */
  close(id: SessionId, because: string, by?: ActorId): Promise<Session | undefined>;
  /** How they ended, of those that have. */
  ended(ids: readonly SessionId[]): Promise<Ended[]>;
  /** Whoever's it is; undefined where it has ended. */
  find(id: SessionId): Promise<StoredSession | undefined>;
  /** All open ones, of whomever, with their actors: a page after the given one, by id. Empty: there are no more. */
  page(after: SessionId | undefined): Promise<StoredSession[]>;
  /** A token that the actor has shown lets their sessions go on as long as it lasts. */
  renew(actor: Actor): Promise<void>;
  /** Whoever has open sessions, those who opened one last first; at most 500. */
  present(): Promise<PresentActor[]>;
  /** The person behind an actor who has had a session. */
  personOf(actor: string): Promise<string | undefined>;
  /** Forgets why a session was opened, once retention says so. */
  forgetReason(id: SessionId): Promise<void>;
  /**
   * Ends what is expired, idle, or has outlived its actor's last token, and what another process has ended; to be
   * called every second or so. Gives all of these.
   */
  sweep(): Promise<Ended[]>;
  /** Drops connections, leaving the sessions open for the next process. */
  stop(): void;
};

export type SessionLimits = Pick<Limits, "sessionsPerActor" | "sessionIdleMs" | "sessionLifetimeMs"> & {
  /** Sessions need a reason, for reviewers and auditors. */
  reasonRequired?: boolean;
};

/** How long a session goes on after its actor's last token: time to fetch and show the next one. */
const tokenLeewayMs = 60_000;
/** Actors whose latest token this process remembers, to write it down once. */
const maxRemembered = 10_000;

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
  /** Each actor as this process last wrote them down. */
  const shown = new Map<ActorId, Actor>();

  const endHere = (id: SessionId, because: string) => {
    entries.get(id)?.end(because);
    entries.delete(id);
  };
  const unsubscribe = notifier.subscribe((event) => {
    const id = event.type === "session.closed" ? SessionId.safeParse(event.session) : undefined;
    if (event.type === "session.closed" && id?.success) endHere(id.data, event.because);
  });

  async function close(id: SessionId, because: string, by?: ActorId): Promise<Session | undefined> {
    // Before the store is asked: where it gives no answer, the session ends all the same.
    entries.get(id)?.end(because);
    const closed = await store.close(id, new Date(now()), because, by);
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
  function overdue({ session, actor, usedAt }: StoredSession): "expired" | "token" | "idle" | undefined {
    if (now() >= Date.parse(session.expiresAt)) return "expired";
    if (now() >= Date.parse(actor.tokenExpiresAt) + tokenLeewayMs) return "token";
    return now() >= usedAt + limits.sessionIdleMs ? "idle" : undefined;
  }

  /** Written down once for each token, and for each change of what it says. */
  async function renew(actor: Actor): Promise<void> {
    const last = shown.get(actor.id);
    if (last !== undefined && (isSame(last, actor) || (isBehind(actor, last) && !isBehind(last, actor))))
      return;
    const before = await store.renew(actor);
    shown.delete(actor.id);
    shown.set(actor.id, actor);
    if (before.some((earlier) => !hasRightsOf(actor, earlier)))
      await notifier.publish({ type: "rights.changed", actor: actor.id });
    const [oldest] = shown.keys();
    if (shown.size > maxRemembered && oldest !== undefined) shown.delete(oldest);
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
    for (const closed of await store.closedAmong([session.id])) endHere(closed.id, closed.because);
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
      // It may be an earlier token than the one that was written down last.
      shown.delete(actor.id);
      await notifier.publish({ type: "session.opened", session: session.id, target: session.target });
      return session;
    },

    get: async (id, actor) => (await owned(id, actor)).session,
    list: (actor) => store.open(actor?.id),

    async live(id, actor) {
      const entry = await entryOf(id, actor);
      const { session, signal } = entry.live;
      const because = overdue({ session, actor, usedAt: entry.usedAt() });
      if (because !== undefined) await close(session.id, because);
      signal.throwIfAborted();
      await renew(actor);
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
      if (stored === undefined || !(isOwner || can(actor, "sessions.kill"))) throw nothing();
      const closed = await close(stored.session.id, isOwner ? "closed" : "killed", actor.id);
      return closed ?? (await store.find(id))?.session ?? stored.session;
    },

    close,
    async find(id) {
      const stored = await store.find(id);
      return stored?.session.state === "open" ? stored : undefined;
    },
    ended: store.closedAmong,
    page: store.page,
    renew,
    present: store.present,
    personOf: store.personOf,
    forgetReason: store.forgetReason,

    async sweep() {
      await store.used([...entries].map(([id, entry]) => ({ id, usedAt: entry.usedAt() })));
      const swept = await store.closedAmong([...entries.keys()]);
      for (const { id, because } of swept) endHere(id, because);
      const before = (ms: number) => new Date(now() - ms);
      for (const stored of await store.overdue(
        before(0),
        before(tokenLeewayMs),
        before(limits.sessionIdleMs),
      )) {
        const { id } = stored.session;
        const because = overdue({ ...stored, usedAt: entries.get(id)?.usedAt() ?? stored.usedAt });
        const closed = because === undefined ? undefined : await close(id, because);
        if (closed !== undefined && because !== undefined) swept.push({ id, because, by: undefined });
      }
      return swept;
    },

    stop() {
      unsubscribe();
      for (const { live } of entries.values()) {
        live.backend.drop();
        live.host.drop();
      }
    },
  };
}
