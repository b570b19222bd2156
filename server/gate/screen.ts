import { Refusal } from "../../shared/contract/errors.ts";
import type { Recordable } from "../journal/recordable.ts";
import { fileOf, type Asked } from "./asked.ts";
import type { Rooms } from "./rooms.ts";
import type { Understanding } from "./understand.ts";

type OfCommand = Extract<Recordable, { command: unknown }>;
/** An event of one command, before it is stamped with the command and the time. */
export type ScreenEvent = OfCommand extends infer E
  ? E extends unknown
    ? Omit<E, "at" | "command">
    : never
  : never;

/** What the session's viewers see of one command: recorded first, then shown. */
export type Screen = {
  /** The command itself, with its decision. */
  command(): Promise<void>;
  /** Resolves when the recorder keeps up and every viewer has taken it in. Throws `journal_unavailable`, `session_closed`. */
  show(event: ScreenEvent): Promise<void>;
  /**
   * How it ended, where that can still be recorded and shown. Behind its session's end it cannot: the outcome's entry
   * stands alone then. So it does where the recorder has failed, which the entry says itself.
   */
  outcome(come: Omit<Extract<ScreenEvent, { type: "outcome" }>, "type">): Promise<void>;
};

/** For what is told of a session that may be over: that its recording takes nothing more is no failure. */
export const unlessOver =
  (onError: (error: unknown) => void) =>
  (error: unknown): void => {
    if (!(error instanceof Refusal && error.code === "session_closed")) onError(error);
  };

/** Opens the session's recorder, or continues it after a restart. */
export async function openScreen({ journal, viewers, now, onError }: Rooms, asked: Asked): Promise<Screen> {
  const { id, session, actor, understanding, sha256 } = asked;
  const recorder = await journal.open(session, actor);
  const openedAt = Date.parse(session.openedAt);
  const show = async (of: ScreenEvent) => {
    const at = Math.max(0, Math.round(now() - openedAt));
    const event = { ...of, at, command: id } as Recordable;
    const json = recorder.write(event);
    await recorder.drained();
    await viewers.show(session.id, { event, json, command: id });
  };
  return {
    show,
    outcome: (come) => show({ type: "outcome", ...come }).catch(unlessOver(onError)),
    command: () => show({ ...told(understanding), sha256, decision: understanding.decision }),
  };
}

/** What was asked, as the recording tells it. */
function told(understanding: Understanding) {
  if (understanding.kind === "sql") {
    const { input, rewritten } = understanding;
    const { sql, parameters } = input;
    return { type: "command" as const, sql, parameters, rewritten: rewritten?.display };
  }
  if (understanding.kind === "file") return { type: "file" as const, ...fileOf(understanding) };
  const { command: text, stdin, terminal } = understanding.input;
  return { type: "shell" as const, text, stdin, terminal };
}
