import { createHash } from "node:crypto";
import { Refusal } from "../../shared/contract/errors.ts";
import { CommandId, newCommandId, SessionId, type BlockId, type ReviewId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Block } from "../../shared/nouns/block.ts";
import type { Catalog } from "../../shared/nouns/catalog.ts";
import { finalStates, type Command, type CommandInput } from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { Review } from "../../shared/nouns/review.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Target } from "../../shared/nouns/target.ts";
import type { Ballot } from "../approval/approvals.ts";
import type { CommandRecord } from "../journal/command-row.ts";
import { compilePolicies, mayOpen } from "../policy/policies.ts";
import { atMost } from "./at-most.ts";
import { createEndings } from "./endings.ts";
import { createExchange } from "./exchange.ts";
import { createHostKeys, type ShownKey } from "./host-keys.ts";
import { createFetch, type Fetched } from "./fetch.ts";
import type { Accepted, Submission, WithContent } from "./submission.ts";
import { createHeld } from "./held.ts";
import { createRevocation } from "./revocation.ts";
import { createOnce } from "./once.ts";
import type { Rooms } from "./rooms.ts";
import type { Received } from "./spool.ts";
import type { Survey } from "./survey.ts";
import type { TriedCommand } from "../../shared/nouns/tried-command.ts";
import { askedBy } from "./tried.ts";
import { createUnderstand } from "./understand.ts";
import { createStreams, type Streams } from "./stream.ts";
import { createView } from "./view.ts";
import type { Viewer } from "./viewers.ts";

/** What the door asks of the gate. Every method judges for itself what the actor may do. */
export type Gate = {
  mayOpen(actor: Actor, target: Target): Promise<{ allowed: boolean; reasons: string[] }>;
  open(actor: Actor, target: string, reason: string): Promise<Session>;
  /** Takes an actor's access back: here at once, everywhere within two seconds. Throws `conflict`, `invalid`. */
  revoke(subject: string, reason: string, by: Actor): Promise<Block>;
  /** Gives it again; what was ended stays so. Throws `not_found`. */
  restore(id: BlockId, reason: string, by: Actor): Promise<void>;
  /** Their own, or anybody's for those who may kill. */
  end(session: SessionId, actor: Actor): Promise<void>;
  /** One command; `key` makes a retry find the same command. `viewer` sees its events. */
  submit(
    submission: Submission & WithContent & { key?: string | undefined; viewer?: Viewer },
  ): Promise<Accepted>;
  /** Takes in what is to be uploaded in the actor's own session. Throws `not_found`, `too_large`, `rate_limited`. */
  receive(session: SessionId, actor: Actor, source: AsyncIterable<Uint8Array>): Promise<Received>;
  /** What a download of the actor's own gave, as they were shown it. Throws `not_found`, `removed`, `content_gone`. */
  content(id: CommandId, actor: Actor): Promise<Fetched>;
  /** The actor's own command as it stands, with its first rows; waits up to `waitMs` for a change. */
  command(id: CommandId, actor: Actor, waitMs?: number, signal?: AbortSignal): Promise<Command>;
  /** Throws `not_found` for others' commands and unknown ones alike. */
  own(id: CommandId, actor: Actor): Promise<void>;
  /** Cancels what runs, withdraws what is held. `kill`: also somebody else's. True: it was the actor's own. */
  cancel(id: CommandId, actor: Actor, kill?: boolean): Promise<boolean>;
  /** The session's living terminal; opened where there is none. */
  terminal: Streams["terminal"];
  vote(review: ReviewId, actor: Actor, ballot: Ballot): Promise<Review>;
  /** A viewer of all of a session's commands. */
  join(session: SessionId, viewer: Viewer): () => void;
  /**
   * What would be decided; runs nothing. `policies`: a text to judge by instead of the one in force. `asOther`: whoever
   * asks may know of targets that the actor may not reach. Throws `not_found` to all others.
   */
  evaluate(
    actor: Actor,
    target: string,
    tried: TriedCommand | string,
    by?: { policies?: string | undefined; asOther?: boolean },
  ): Promise<Evaluation>;
  validate(text: string): { id: string; effect: string }[];
  schema(target: Target): Promise<Catalog>;
  test(target: Target, actor: Actor): Promise<{ ok: true; serverVersion: string; latencyMs: number }>;
  /** What an SSH host shows of itself, for an administrator to compare. */
  hostKeys(actor: Actor, host: string, port: number): Promise<ShownKey[]>;
  /** To be called every second or so. */
  sweep(): Promise<void>;
  /**
   * Before the end: takes no more commands and terminals, which throws `draining`; gives what runs `graceMs`, and then
   * stops it. Resolves when all of it is written down, or `endMs` later. Sessions stay open and what is held waits on.
   */
  drain(graceMs: number, endMs: number): Promise<void>;
  /** Acts on nothing any more. Resolves when what it was at is done. */
  close(): Promise<void>;
};

/** What would become of a command, and of the session that it takes. */
export type Evaluation = {
  mayOpen: { allowed: boolean; reasons: string[] };
  decision: Decision;
  /** Of SQL: the text that would run, and its hash; left out where none would. */
  rewritten?: string;
  sha256?: string;
};

/** How long what goes on in the background may take to end with the gateway. */
const closeMs = 5_000;

export function createGate(rooms: Rooms & { survey: Survey }): Gate {
  const { approvals, journal, policies, sessions, targets, viewers, survey } = rooms;
  const understand = createUnderstand(rooms);
  const exchange = createExchange(rooms, understand);
  const held = createHeld(rooms, exchange);
  const view = createView(rooms);
  const endings = createEndings(rooms, held);

  const revocation = createRevocation(rooms, {
    understand,
    exchange,
    refuse: held.refuse,
    ended: (session) => endings.leave(session),
  });
  // A session may be ended by another process than the one that writes its recording, and a command be cancelled
  // through another than the one that leads it.
  const unsubscribe = rooms.notifier.subscribe((event) => {
    if (event.type === "session.closed") endings.putAway(SessionId.parse(event.session)).catch(rooms.onError);
    if (event.type === "command.cancel") exchange.cancel(CommandId.parse(event.command));
  });

  const known = async (name: string): Promise<Target> => {
    const target = await targets.get(name);
    if (!target) throw new Refusal("not_found", "There is no such target.");
    return target;
  };
  /** A command that was accepted here, or is waited for here, and has no entry yet. */
  const begun = (id: CommandId): CommandRecord | undefined => {
    const command = exchange.early(id) ?? keys.followed(id);
    return command && { command, review: undefined, refusal: undefined, results: [], rowsTo: 0 };
  };
  const found = async (id: CommandId, actor: Actor, kill = false): Promise<CommandRecord> => {
    // It may get its first entry between the two looks.
    const record = (await journal.commands.get(id)) ?? begun(id) ?? (await journal.commands.get(id));
    if (!record || (record.command.actor !== actor.id && !kill))
      throw new Refusal("not_found", "There is no such command.");
    return record;
  };
  /** Throws `not_found` for others' sessions. A live one is known without the store; a closed one has answers too. */
  const ownSession = async (id: SessionId, actor: Actor): Promise<Session> => {
    try {
      return (await sessions.live(id, actor)).session;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "session_closed") throw error;
      return sessions.get(id, actor);
    }
  };

  const keys = createOnce(rooms, view, exchange.early);

  const command = async (id: CommandId, actor: Actor) => view(await found(id, actor));
  const cancel = async (id: CommandId, actor: Actor, kill = false): Promise<boolean> => {
    const { command, review } = await found(id, actor, kill);
    if (command.state === "running") {
      if (!exchange.cancel(id)) await rooms.notifier.publish({ type: "command.cancel", command: id });
    } else if (command.state === "held" && review !== undefined)
      await held.withdraw(await approvals.get(review), command.actor === actor.id ? actor : "killer");
    else throw new Refusal("already_decided", "The command has ended already.");
    return command.actor === actor.id;
  };
  /** One among those that its actor, and its target, have under way until it has ended or is held. */
  const begin = async (submission: Submission): Promise<Accepted> => {
    const { session } = await sessions.live(submission.session, submission.actor);
    const leave = rooms.capacity.enter(submission.actor, session);
    try {
      const accepted = await exchange.submit(submission);
      accepted.settled.finally(leave).catch(() => undefined);
      return accepted;
    } catch (error) {
      leave();
      throw error;
    }
  };
  const streams = createStreams(rooms, {
    submit: begin,
    command,
    cancel,
    async ended(id, because) {
      await sessions.close(id, because);
      await endings.putAway(id);
    },
  });

  const { fetch, sweep: sweepSpool } = createFetch(rooms);

  return {
    async mayOpen(actor, target) {
      return mayOpen(await policies.current(), { actor, target });
    },

    async open(actor, name, reason) {
      const target = await known(name);
      const { allowed } = mayOpen(await policies.current(), { actor, target });
      // Unknown and forbidden targets look alike.
      if (!allowed) throw new Refusal("not_found", "There is no such target.");
      const session = await sessions.open(actor, target, reason);
      try {
        await journal.open(session, actor);
      } catch (error) {
        await sessions.close(session.id, "recorder");
        throw error;
      }
      if (await revocation.endsAtOnce(session.id)) throw new Refusal("not_found", "There is no such target.");
      return session;
    },

    async revoke(subject, reason, by) {
      const block = await rooms.blocks.block((await sessions.personOf(subject)) ?? subject, reason, by);
      await approvals.discount(block.subject);
      return block;
    },

    async restore(id, reason, by) {
      await rooms.blocks.lift(id, reason, by);
    },

    async end(id, actor) {
      await sessions.end(id, actor);
      await endings.putAway(id);
    },

    async receive(session, actor, source) {
      await ownSession(session, actor);
      return rooms.spool.receive(actor.id, source);
    },

    async content(id, actor) {
      return fetch(await view(await found(id, actor)));
    },

    async submit({ key, viewer, content, ...submission }) {
      const run = async (id = newCommandId()): Promise<Accepted> => {
        // Events of this command alone: the session may run others meanwhile.
        const leave = viewer && viewers.join(submission.session, ofCommand(id, viewer));
        try {
          await content?.keep(id);
          const accepted = await begin({ ...submission, id });
          accepted.settled.finally(leave).catch(() => undefined);
          return accepted;
        } catch (error) {
          leave?.();
          if (content !== undefined) await rooms.spool.remove(id);
          throw error;
        }
      };
      refuseWithoutContent(submission.input, content);
      if (key === undefined) return run();
      const session = await ownSession(submission.session, submission.actor);
      return keys.once(submission, session, key, run);
    },

    async command(id, actor, waitMs = 0, signal) {
      const { command } = await found(id, actor);
      // What has ended changes no more; an accepted command's first change is its first entry.
      let since = command.state === "running" && begun(id) ? undefined : command.state;
      const until = performance.now() + waitMs;
      for (
        let left = waitMs;
        left > 0 && (since === undefined || !finalStates.includes(since));
        left = until - performance.now()
      ) {
        const next = (await journal.commands.waitFor(id, since, left, signal))?.command.state;
        // That an approved command began to run is no answer yet to whoever waits for what comes of it.
        if (next !== "running" || since === "running" || signal?.aborted) break;
        since = next;
      }
      return view(await found(id, actor));
    },

    async own(id, actor) {
      await found(id, actor);
    },

    cancel,

    terminal: streams.terminal,
    vote: held.vote,
    join: viewers.join,

    async evaluate(actor, name, tried, { policies: text, asOther = false } = {}) {
      const target = await known(name);
      const set =
        text === undefined
          ? await policies.current()
          : compilePolicies(text, (await policies.current()).version);
      const opens = mayOpen(set, { actor, target });
      if (text === undefined && !asOther && !opens.allowed)
        throw new Refusal("not_found", "There is no such target.");
      const understanding = await understand({
        actor,
        target,
        ...askedBy(target, tried),
        session: undefined,
        lookups: async (values) => values + (await rooms.lookups.recent(actor.id)),
        ...(text !== undefined && { policies: set }),
      });
      const { decision } = understanding;
      const rewritten = understanding.kind === "sql" ? understanding.rewritten : undefined;
      return {
        mayOpen: { allowed: opens.allowed, reasons: opens.reasons },
        decision,
        ...(rewritten && {
          rewritten: rewritten.display,
          sha256: createHash("sha256").update(rewritten.sql).digest("hex"),
        }),
      };
    },

    validate(text) {
      return [...compilePolicies(text, 0).policies.values()].map(({ id, effect }) => ({ id, effect }));
    },

    schema: (target): Promise<Catalog> => targets.catalog(target),
    test: survey.test,
    hostKeys: createHostKeys(rooms),

    async sweep() {
      await keys.sweep();
      // What has ended may take a while to be put away; nothing else waits for that.
      await Promise.all([endings.sweep(), revocation.sweep().then(held.sweep).then(sweepSpool)]);
    },

    async drain(graceMs, endMs) {
      await atMost(graceMs + 2 * endMs, [streams.drain(exchange.drain(graceMs, endMs))]);
    },

    async close() {
      unsubscribe();
      await atMost(closeMs, [revocation.close(), held.close(), endings.settled()]);
    },
  };
}

const ofCommand = (id: CommandId, viewer: Viewer): Viewer => ({
  show: (shown) => (shown.command === id ? viewer.show(shown) : undefined),
});

/** The bytes come with the command that is decided by their hash, or not at all. */
function refuseWithoutContent(input: CommandInput, content: Received | undefined): void {
  if ("file" in input && input.file === "upload" && content === undefined)
    throw new Refusal("invalid", "An upload brings its bytes.", {
      hint: "Send them by PUT /api/sessions/{id}/files/content?path=.",
    });
}
