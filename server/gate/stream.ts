import { createHash, randomBytes } from "node:crypto";
import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { Actor } from "../../shared/nouns/actor.ts";
import type { Command } from "../../shared/nouns/command.ts";
import type { SshTarget } from "../../shared/nouns/target.ts";
import type { Permit } from "../approval/permit.ts";
import { createScreenText } from "../masking/screen-text.ts";
import type { LiveSession } from "../session/sessions.ts";
import { hostOf } from "./host.ts";
import type { Rooms } from "./rooms.ts";
import type { DrawnScreen } from "./screen-state.ts";
import { startRawShell } from "./stream-raw-shell.ts";
import { startShell, type StartedShell } from "./stream-shell.ts";
import { createStreamScreen } from "./stream-screen.ts";
import type { Accepted, Submission } from "./submission.ts";
import { createTypedLines } from "./typed-lines.ts";

/** In characters. */
export type ScreenSize = { columns: number; rows: number };

/** How lines are judged: by the shell's own hook, one by one in an editor of the gate's, or not at all. */
export type TerminalMode = "governed" | "line" | "raw";

/** A session's living terminal. It outlives the sockets of those who type in it. */
export type Terminal = {
  readonly mode: TerminalMode;
  readonly size: ScreenSize;
  /** Keys as they were typed. Resolves when the host takes more. */
  keys(text: string, actor: Actor): Promise<void>;
  resize(size: ScreenSize): Promise<void>;
  /** When it was opened: another one has taken its place where that differs. */
  readonly openedAt: string;
  /** What stands on the screen; `send` is called between two events. */
  snapshot(send: (drawn: DrawnScreen) => Promise<void>): Promise<void>;
};

/** The gate's second shape: a conversation of bytes in which each command goes through the stages. */
export type Streams = {
  /**
   * Opens the session's terminal, or gives the one that lives. `raw`: one whose lines are recorded and not judged, once
   * policy and people agree. Throws `session_closed`, also where it ends meanwhile, `target_kind`, `target_disabled`,
   * `shell_not_governable`, and what opening a connection throws.
   */
  terminal(session: SessionId, actor: Actor, size: ScreenSize, raw?: boolean): Promise<Terminal>;
  /**
   * Opens none any more, which throws `draining`. Once `before` has ended, closes those that live; their sessions stay
   * open, for a terminal at another gateway. Resolves when all that they printed is recorded.
   */
  drain(before: Promise<unknown>): Promise<void>;
};

/** What a terminal claims to be: what the portal's terminal understands. */
const term = "xterm-256color";
/** Keys with which a line may be entered. */
const enters = /[\r\n]/;

export function createStreams(
  rooms: Rooms,
  gate: {
    submit(submission: Submission): Promise<Accepted>;
    command(id: CommandId, actor: Actor): Promise<Command>;
    cancel(id: CommandId, actor: Actor): Promise<unknown>;
    /** The shell has ended, and its session with it. */
    ended(session: SessionId, because: string): Promise<void>;
  },
): Streams {
  const { approvals, journal, policies, sessions, targets, viewers, now, onError } = rooms;
  const terminals = new Map<SessionId, Promise<Terminal>>();
  /** Shells that are open, each with what follows from its end. */
  const shells = new Map<StartedShell, Promise<void>>();
  let leaving = false;

  async function open(live: LiveSession, actor: Actor, size: ScreenSize, raw: boolean): Promise<Terminal> {
    const { session } = live;
    const target = await targets.get(session.target);
    if (target?.kind !== "ssh")
      throw new Refusal("target_kind", `${session.target} has no terminal.`, {
        hint: "Send it commands of its own kind.",
      });
    const recorder = await journal.open(session, actor);
    await journal.note({
      kind: "terminal.opened",
      actor: actor.id,
      session: session.id,
      command: null,
      body: { target: target.name, revision: target.revision, raw, term },
    });
    const permitFor = (bytes: string): { permit: Permit; sha256: string } => {
      const sha256 = createHash("sha256").update(bytes, "utf8").digest("hex");
      const within = { actor, session: session.id, command: null };
      return { permit: approvals.maintenance("terminal", target, sha256, within), sha256 };
    };
    const host = await hostOf(rooms, live, target, permitFor("").permit);
    const dataClasses = await targets.dataClasses();
    const hidden = new Map(dataClasses.map((dataClass) => [dataClass.name, dataClass]));

    let typist = actor;
    let started: StartedShell | undefined;
    let current = size;
    const openedAt = Date.parse(session.openedAt);
    const screen = createStreamScreen({
      ...{ session: session.id, recorder, viewers, ...size },
      text: createScreenText(hidden),
      at: () => Math.max(0, Math.round(now() - openedAt)),
      pause: () => started?.pause(),
      resume: () => started?.resume(),
      onFailure: (error) => {
        onError(error);
        started?.close();
      },
    });
    const lines = createTypedLines({
      ...{ rooms, session, target, submit: gate.submit, view: gate.command, withdraw: gate.cancel },
      screen,
      dialect: () => started?.dialect ?? "other",
      actor: () => typist,
      shell: {
        answer: (id, verdict) => started?.answer(id, verdict),
        notice: (text) => started?.notice(text),
        interrupt: () => void started?.input(Uint8Array.of(0x03)),
        get take() {
          return started?.take;
        },
      },
    });
    const asked = { submit: gate.submit, view: gate.command };
    started = raw
      ? await startRawShell(rooms, asked, { live, actor, host, term, size }, screen)
      : await startShell(
          {
            ...{ host, permitFor, term, size, signal: live.signal },
            prompt: `${target.user}@${target.name} $ `,
            nonce: () => randomBytes(16).toString("hex"),
          },
          { ...lines, output: screen.output, incident: (why) => noteIncident(live, target, why) },
        );
    const shell = started;
    if (leaving) shell.close();
    /** What a line is judged by is looked up while its shell comes to ask; where that fails, the line is told. */
    const recall = () =>
      void Promise.allSettled([targets.get(target.name), targets.dataClasses(), policies.current()]);
    await screen.begin({ type: "terminal", mode: shell.mode, term, ...size });
    const over = shell.closed
      .then(async (because) => {
        terminals.delete(session.id);
        lines.close();
        if (leaving) await lines.settled();
        await screen.close();
        // Where its session ended first the shell was lost by that, and whoever ended it says why.
        if (!live.signal.aborted && !leaving) await gate.ended(session.id, because);
      })
      .catch(onError)
      .finally(() => shells.delete(shell));
    shells.set(shell, over);

    return {
      mode: shell.mode,
      openedAt: new Date(now()).toISOString(),
      get size() {
        return current;
      },
      async keys(text, by) {
        typist = by;
        live.touch();
        if (enters.test(text)) recall();
        if (!shell.input(Buffer.from(text, "utf8"))) await shell.drained();
      },
      async resize(to) {
        current = to;
        shell.resize(to.columns, to.rows);
        await screen.event({ type: "resize", ...to });
      },
      snapshot: screen.snapshot,
    };
  }

  /** The shell did what its hook forbids: the terminal is closed by then, and the ledger says why. */
  function noteIncident({ session }: LiveSession, target: SshTarget, why: string): void {
    const body = { target: target.name, why };
    const { id, actor } = session;
    journal.note({ kind: "terminal.incident", actor, session: id, command: null, body }).catch(onError);
  }

  return {
    async terminal(id, actor, size, raw = false) {
      if (leaving) throw new Refusal("draining", "The gateway is stopping.", { hint: "Connect again." });
      const live = await sessions.live(id, actor);
      const known = terminals.get(id);
      if (known !== undefined) return known;
      const opening = open(live, actor, size, raw).catch((error: unknown) => {
        // Whatever fails under a session's end fails by that.
        throw live.signal.aborted ? live.signal.reason : error;
      });
      terminals.set(id, opening);
      opening.catch(() => terminals.delete(id));
      return opening;
    },
    async drain(before) {
      leaving = true;
      await before;
      for (const shell of shells.keys()) shell.close();
      await Promise.all(shells.values());
    },
  };
}
