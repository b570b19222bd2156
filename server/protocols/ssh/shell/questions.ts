import type { Frame, Verdict } from "./codec.ts";
import type { HeldLine } from "./held-line.ts";
import type { Keyboard } from "./keyboard.ts";
import type { ShellLimits } from "./limits.ts";
import { escapeForPrintf, QuotingError, unquoteBytes } from "./quoting.ts";
import type { ShellEvents, ShellVerdict } from "./seam.ts";
import type { Stage } from "./stage.ts";
import type { Trial } from "./trial.ts";
import { readQuestion, readWords } from "./words.ts";

/** One line after the other: the shell asks, is answered, and says that it took the answer. */
export type Questions = {
  /** The last line that the shell asked about. */
  readonly id: number;
  /** Whether a question is one that can come now: numbers count up. */
  isNext(frame: Frame): boolean;
  ask(frame: Frame): void;
  /** A question that cannot be read: output of a background job fell into it. */
  askBroken(): void;
  /** The answer to `need`. */
  tell(frame: Frame): void;
  /** The shell says which verdict it took; "lost" where a signal came before it. Undefined where it was not given that. */
  take(frame: Frame): Verdict["kind"] | "lost" | undefined;
  /** The shell is at a prompt without having taken a verdict: a signal reached it. Nothing runs. */
  lose(): void;
  answer(id: number, verdict: ShellVerdict): void;
  /** Its user takes the line back. */
  withdraw(): void;
  notice(text: string): void;
};

export function createQuestions(parts: {
  stage: Stage;
  trial: Trial;
  keyboard: Keyboard;
  heldLine: HeldLine;
  limits: ShellLimits;
  send(verdict: Omit<Verdict, "nonce" | "next">): void;
  show(text: string): void;
  incident(why: string): void;
  events: Pick<ShellEvents, "asked" | "told" | "withdrawn">;
}): Questions {
  const { stage, trial, keyboard, heldLine, limits, send, show, incident, events } = parts;
  /** `message` are the words shown under the line when it is gone. */
  let held = { id: 0, text: "", continues: false, message: "" };
  /** The verdict that the shell was sent for it, if any. */
  let sent: Verdict["kind"] | undefined;

  const decide = (kind: Verdict["kind"], first = ""): void => {
    sent = kind;
    stage.enter("answered", limits.answerMs, () => incident("The shell did not take its verdict."));
    send({ kind, id: held.id, first });
  };
  const refuse = (kind: "deny" | "cancel", message: string): void => {
    held.message = message;
    decide(kind);
  };
  const withdraw = (): void => {
    refuse("cancel", "^C");
    events.withdrawn(held.id);
  };
  const lose = (): void => {
    show(heldLine.remove());
    if (trial.isPassed && sent !== "deny" && sent !== "cancel") events.withdrawn(held.id);
  };

  return {
    get id() {
      return held.id;
    },
    isNext: ({ first }) => Number(first) > held.id,
    ask(frame) {
      const continues = frame.second.startsWith("1,");
      held = { id: Number(frame.first), text: "", continues, message: "" };
      sent = undefined;
      stage.enter("held");
      let question: ReturnType<typeof readQuestion>;
      try {
        question = readQuestion(frame.payload);
      } catch (error) {
        if (error instanceof QuotingError)
          return refuse("cancel", "Not run: the line, or the name of its directory, is not valid UTF-8.");
        throw error;
      }
      held.text = question.text;
      if (!trial.isPassed)
        return trial.isAbout(held.text) ? decide("drop") : incident("The shell asks about another line.");
      if (keyboard.interrupted) return refuse("cancel", "^C");
      events.asked({ id: held.id, ...question, kind: continues ? "continuation" : "line" });
    },
    askBroken() {
      held = { id: held.id + 1, text: "", continues: false, message: "" };
      refuse("cancel", "Not run: a background job's output fell into the line. Try again.");
    },
    tell(frame) {
      if (Number(frame.first) !== held.id || stage.state !== "answered")
        return incident("The shell told what it was not asked.");
      stage.enter("held");
      if (keyboard.interrupted) return withdraw();
      events.told({ id: held.id, ...readWords(frame.payload) });
    },
    take(frame) {
      const taken = frame.second === "lost" ? "lost" : sent;
      if (Number(frame.first) !== held.id || stage.state !== "answered" || taken !== frame.second) {
        incident("The shell took a verdict that it was not given.");
        return undefined;
      }
      if (taken === "lost") lose();
      if (taken !== "drop") keyboard.addFirst(unquoteBytes(frame.payload));
      if (taken === "deny" || taken === "cancel") {
        // What was typed ahead was meant to follow a line that did not run.
        keyboard.clear();
        show(heldLine.leave(held.text, held.message));
      }
      return taken;
    },
    lose,
    withdraw,
    answer(id, verdict) {
      if (stage.state !== "held" || id !== held.id) return;
      if (verdict.kind !== "need") show(heldLine.remove());
      switch (verdict.kind) {
        case "allow":
          return decide("allow");
        case "deny":
          return refuse("deny", verdict.message);
        case "cancelled":
          return refuse("cancel", "Withdrawn.");
        case "incomplete":
          return decide("nl");
        case "need":
          return decide("need", verdict.names.map((name) => escapeForPrintf(Buffer.from(name))).join(" "));
        case "instead":
          // The lines before a continuation are in the shell already.
          if (held.continues)
            return refuse("deny", "Not run: this script cannot be run from the bytes that were read.");
          return decide("instead", escapeForPrintf(Buffer.from(verdict.line)));
      }
    },
    notice(text) {
      if (stage.isWaiting) show(heldLine.notice(held.text, text));
    },
  };
}
