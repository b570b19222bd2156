import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Frame, Verdict } from "./codec.ts";
import { usualLimits, type ShellLimits } from "./limits.ts";
import { readQuestion, readWords } from "./words.ts";
import { createEchoWatch } from "./echo.ts";
import { createHeldLine } from "./held-line.ts";
import { bashHook } from "./hooks/bash.ts";
import { zshHook } from "./hooks/zsh.ts";
import { createBootWatch } from "./boot.ts";
import { createKeyQueue, maxAheadBytes } from "./keys.ts";
import { createLink } from "./link.ts";
import { createOpenLine } from "./open-line.ts";
import { escapeForPrintf, QuotingError, unquoteBytes } from "./quoting.ts";
import type { Channel } from "../connect/executable.ts";
import type { After, GovernedShell, ShellEvents, ShellState, ShellVerdict } from "./seam.ts";

/** Both keys that are an Enter must ask. */
const canaries = [": does this shell ask\r", ": does this shell ask\n"];

/**
 * A shell that runs a line only when it is told to: the state machine of docs/TERMINAL.md, over a channel in which
 * `bashBoot` or `zshBoot` runs. The hook inside the shell holds each line at Enter. This side queues keys for the sake
 * of order, but no decision rests on what keys look like, nor on anything printed without the session's nonce.
 */
export function createGovernedShell(
  channel: Channel,
  options: {
    dialect: "bash" | "zsh";
    /** 128 random bits in hexadecimal, new each time. */
    nonce(): string;
    after: After;
    columns: number;
    limits?: Partial<ShellLimits>;
  },
  events: ShellEvents,
): GovernedShell {
  const limits = { ...usualLimits, ...options.limits };
  const secrets = { nonce: options.nonce(), keys: options.nonce().slice(0, 16) };
  const link = createLink(secrets.nonce, options.nonce);
  const boot = createBootWatch();
  const keys = createKeyQueue();
  const echo = createEchoWatch();
  const openLine = createOpenLine();
  let columns = options.columns;
  const heldLine = createHeldLine({ drawsLine: options.dialect === "bash", columns: () => columns });

  let state: ShellState = "starting";
  let canariesPassed = 0;
  let promptCount = 0;
  let endCount = 0;
  let continuationCount = 0;
  let begun = 0;
  let awaitsRedraw = false;
  let status = 0;
  /** The last line that the shell asked about. `message` are the words shown under it when it is gone. */
  let held = { id: 0, text: "", continues: false, message: "" };
  /** The verdict that the shell was sent for it, if any. */
  let told: Verdict["kind"] | undefined;
  /** The last granted line. A prompt of either kind takes the grant away; `ended` waits for the primary one. */
  let grant: { id: number; begun: boolean; open: boolean } | undefined;

  const isReady = (): boolean => canariesPassed === canaries.length;
  /** What start-up files print is shown, trial lines are not. Readline draws only the last line of a prompt again, ZLE all. */
  const isStarting = (): boolean => (options.dialect === "zsh" ? endCount : promptCount) === 0;
  const isClosed = (): boolean => state === "closed";
  const isWaiting = (): boolean => state === "held" || state === "answered";

  let settle: { resolve(): void; reject(error: Refusal): void } | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });

  let stopTimer = (): void => undefined;
  const enter = (next: ShellState, milliseconds?: number, late?: () => void): void => {
    stopTimer();
    stopTimer = (): void => undefined;
    state = next;
    if (milliseconds !== undefined && late) stopTimer = options.after(milliseconds, late);
  };
  const show = (text: string): void => {
    if (text !== "") events.output(Buffer.from(text, "utf8"));
  };

  const close = (): void => {
    if (isClosed()) return;
    // Whether a line that was allowed has begun is not known here.
    const undecided = isReady() && state === "held";
    enter("closed");
    keys.clear();
    settle?.reject(notGovernable("The shell ended before it had shown that it asks."));
    channel.close();
    if (undecided) events.withdrawn(held.id);
  };
  /** Whatever the protocol does not allow closes the channel; nothing more is sent or shown. */
  const incident = (why: string): void => {
    if (isClosed()) return;
    settle?.reject(notGovernable(why));
    const wasReady = isReady();
    close();
    if (wasReady) events.incident(why);
  };

  /** Sends what was typed, as far as it may go now. */
  const pump = (): boolean => {
    if (keys.length === 0) return true;
    if (state === "running") {
      const bytes = keys.takeAll();
      echo.typed(bytes);
      return channel.write(bytes);
    }
    if (state !== "prompt") return true;
    const { bytes, entered } = keys.takeLine();
    if (entered) enter("entered", limits.enterMs, () => go("prompt"));
    return channel.write(bytes);
  };
  const go = (next: "prompt" | "running"): void => {
    awaitsRedraw = false;
    enter(next);
    pump();
  };

  const tell = (kind: Verdict["kind"], first = ""): void => {
    told = kind;
    enter("answered", limits.answerMs, () => incident("The shell did not take its verdict."));
    channel.write(link.verdict({ kind, id: held.id, first }));
  };
  const refuseLine = (kind: "deny" | "cancel", message: string): void => {
    held.message = message;
    tell(kind);
  };
  const withdraw = (): void => {
    refuseLine("cancel", "^C");
    events.withdrawn(held.id);
  };

  const onAsked = (frame: Frame): void => {
    const id = Number(frame.first);
    const [more, lastStatus, ran] = frame.second.split(",");
    if (!(id > held.id)) return incident("The shell's questions are out of order.");
    if (isWaiting()) onLost();
    const continues = more === "1";
    // Ctrl-C makes the host's terminal drop what it has not sent, which may have been the frames of a prompt.
    onCounted(Number(ran));
    if (!continues) endGrant(Number(lastStatus));
    if (isClosed()) return;
    held = { id, text: "", continues, message: "" };
    told = undefined;
    enter("held");
    let question: ReturnType<typeof readQuestion>;
    try {
      question = readQuestion(frame.payload);
    } catch (error) {
      if (error instanceof QuotingError)
        return refuseLine("cancel", "Not run: the line, or the name of its directory, is not valid UTF-8.");
      throw error;
    }
    held.text = question.text;
    if (!isReady()) return onCanary();
    if (keys.interrupted) return refuseLine("cancel", "^C");
    events.asked({ id, ...question, kind: held.continues ? "continuation" : "line" });
  };

  /** The shell is at a prompt without having taken a verdict: a signal reached it. Nothing runs. */
  const onLost = (): void => {
    show(heldLine.remove());
    if (isReady() && told !== "deny" && told !== "cancel") events.withdrawn(held.id);
  };

  const onTaken = (frame: Frame): void => {
    const verdict = frame.second;
    if (Number(frame.first) !== held.id || state !== "answered" || ![told, "lost"].includes(verdict))
      return incident("The shell took a verdict that it was not given.");
    if (verdict === "lost") onLost();
    if (verdict === "drop") return nextCanary();
    keys.addFirst(unquoteBytes(frame.payload));
    if (verdict === "allow" || verdict === "instead") {
      grant = { id: held.id, begun: false, open: true };
      heldLine.promptBegins();
      return enter("granted", limits.beginMs, () => go("running"));
    }
    if (verdict === "deny" || verdict === "cancel") {
      // What was typed ahead was meant to follow a line that did not run.
      keys.clear();
      show(heldLine.leave(held.text, held.message));
    }
    toEditor();
  };
  /**
   * Back to the line that was asked about. Bash draws its prompt once more when the hook's key is done, and zsh's hook
   * when the terminal is the editor's again: keys that come before are edited by the terminal itself, a Ctrl-C is lost.
   */
  const toEditor = (): void => {
    awaitsRedraw = true;
    enter("entered", limits.enterMs, () => go("prompt"));
  };
  const onRedrawn = (): void => {
    if (awaitsRedraw && state === "entered") go("prompt");
  };

  const sendCanary = (): void => {
    enter("entered", limits.readyMs, () => incident("The shell does not ask before it runs a line."));
    channel.write(Buffer.from(canaries[canariesPassed] ?? ""));
  };
  const onCanary = (): void => {
    if (held.text !== canaries[canariesPassed]?.trimEnd())
      return incident("The shell asks about another line.");
    tell("drop");
  };
  const nextCanary = (): void => {
    canariesPassed += 1;
    if (!isReady()) return sendCanary();
    show("\r\u001b[K");
    settle?.resolve();
    events.prompt();
    toEditor();
  };

  const onCommandEnd = (frame: Frame): void => {
    const [lastStatus, ran] = frame.second.split(",");
    if (isWaiting()) onLost();
    onCounted(Number(ran));
    if (isClosed()) return;
    status = Number(lastStatus);
    endCount += 1;
    if (options.dialect === "bash" && openLine.isOpen) show("\r\n");
    heldLine.promptBegins();
    if (isReady()) enter("entered", limits.beginMs, () => go("running"));
  };
  const onPrompt = (frame: Frame): void => {
    heldLine.promptEnds();
    // A prompt is drawn again after a resize, a completion, a verdict.
    if (Number(frame.first) === promptCount) return onRedrawn();
    promptCount = Number(frame.first);
    keys.atPrompt();
    if (promptCount === 1) return sendCanary();
    if (!isReady()) return incident("The shell ran a line without asking.");
    endGrant(status);
    events.prompt();
    go("prompt");
  };
  const onContinuation = (frame: Frame): void => {
    if (Number(frame.first) === continuationCount) return onRedrawn();
    continuationCount = Number(frame.first);
    if (!grant) return;
    heldLine.promptEnds();
    grant.open = false;
    // Takes its meaning from the key that accepts a line, which only the primary prompt does by itself.
    if (options.dialect === "bash") channel.write(Buffer.from(`\u001e${secrets.keys}d`));
    go("prompt");
  };
  const onBegun = (): void => {
    begun += 1;
    if (!grant?.open) return incident("A command began without a verdict.");
    if (!grant.begun) events.started(grant.id);
    grant.begun = true;
    go("running");
  };
  /** The shell tells how many commands it has begun; one may have been lost on the way. */
  const onCounted = (count: number): void => {
    if (count > begun) onBegun();
    begun = count;
  };
  const endGrant = (lastStatus: number): void => {
    if (grant) events.ended(grant.id, lastStatus);
    grant = undefined;
  };

  const onTold = (frame: Frame): void => {
    if (Number(frame.first) !== held.id || state !== "answered")
      return incident("The shell told what it was not asked.");
    enter("held");
    if (keys.interrupted) return withdraw();
    events.told({ id: held.id, ...readWords(frame.payload) });
  };

  const onFrame = (frame: Frame): void => {
    switch (frame.kind) {
      case "F":
        return incident(`The host's shell is bash ${frame.payload}; the hook needs 5.1 or newer.`);
      case "R":
        return undefined;
      case "P":
        return onCommandEnd(frame);
      case "D":
        return onPrompt(frame);
      case "C":
        return onContinuation(frame);
      case "Q":
        return onAsked(frame);
      case "W":
        return onTold(frame);
      case "L":
        return onTaken(frame);
      case "S":
        return onBegun();
      default:
        return incident("The shell sent a frame of an unknown kind.");
    }
  };
  /** Output of a background job fell into a frame. */
  const onBroken = (kind: string): void => {
    if (!isReady()) incident("Other output falls into what the shell says.");
    else if (kind === "Q") {
      held = { id: held.id + 1, text: "", continues: false, message: "" };
      refuseLine("cancel", "Not run: a background job's output fell into the line. Try again.");
    } else if (kind === "S") onBegun();
    else if (!["P", "D", "C"].includes(kind)) incident("The shell's answer cannot be read.");
  };

  const onBoot = (bytes: Uint8Array): Uint8Array => {
    const rest = boot.read(bytes);
    if (boot.state === "overrun") incident("The login shell prints too much before the hook can start.");
    if (boot.state === "found")
      channel.write(
        Buffer.from(`${options.dialect === "bash" ? bashHook(secrets) : zshHook(secrets)}\u001e`),
      );
    return rest;
  };
  const onBytes = (received: Uint8Array): void => {
    if (isClosed()) return;
    const bytes = boot.state === "waiting" ? onBoot(received) : received;
    for (const one of link.read(bytes)) {
      if (one.kind === "frame") onFrame(one.frame);
      else if (one.kind === "broken") onBroken(one.of);
      else {
        heldLine.promptOutput(one.bytes);
        echo.shown(one.bytes);
        openLine.printed(one.bytes);
        if (isReady() || isStarting()) events.output(one.bytes);
      }
      if (isClosed()) return;
    }
  };

  enter("starting", limits.readyMs, () => incident("The shell took too long to start."));
  channel.onBytes((bytes) => {
    try {
      onBytes(bytes);
    } catch (error) {
      if (!(error instanceof QuotingError)) throw error;
      incident("The shell's answer cannot be read.");
    }
  });
  void channel.closed.then(close);

  const input = (bytes: Uint8Array): boolean => {
    if (isClosed()) return true;
    if (!keys.add(bytes)) {
      show(`\u0007\r\nMore than ${maxAheadBytes / 1024} KiB were typed ahead; all of it is dropped.\r\n`);
      return true;
    }
    if (state === "held" && isReady() && keys.interrupted) withdraw();
    return pump();
  };
  const answer = (id: number, verdict: ShellVerdict): void => {
    if (state !== "held" || id !== held.id) return;
    if (verdict.kind !== "need") show(heldLine.remove());
    switch (verdict.kind) {
      case "allow":
        return tell("allow");
      case "deny":
        return refuseLine("deny", verdict.message);
      case "cancelled":
        return refuseLine("cancel", "Withdrawn.");
      case "incomplete":
        return tell("nl");
      case "need":
        return tell("need", verdict.names.map((name) => escapeForPrintf(Buffer.from(name))).join(" "));
      case "instead":
        // The lines before a continuation are in the shell already.
        if (held.continues)
          return refuseLine("deny", "Not run: this script cannot be run from the bytes that were read.");
        return tell("instead", escapeForPrintf(Buffer.from(verdict.line)));
    }
  };

  return {
    ready,
    input,
    answer,
    notice(text) {
      if (isWaiting()) show(heldLine.notice(held.text, text));
    },
    resize(width, rows) {
      columns = width;
      channel.resize(width, rows);
    },
    get state() {
      return state;
    },
    get secret() {
      return (state === "running" || state === "granted") && echo.secret;
    },
    close,
  };
}

const notGovernable = (detail: string): Refusal =>
  new Refusal("shell_not_governable", detail, {
    hint: "Ask for a bash 5.1 or zsh 5.9 login without start-up files that rebind Enter, or use the line mode.",
  });
