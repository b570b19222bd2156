import { Refusal } from "../../../../shared/contract/errors.ts";
import type { Channel } from "../connect/executable.ts";
import { createBootWatch } from "./boot.ts";
import type { Frame } from "./codec.ts";
import { createGrant } from "./grant.ts";
import { createHeldLine } from "./held-line.ts";
import { bashHook } from "./hooks/bash.ts";
import { zshHook } from "./hooks/zsh.ts";
import { createKeyboard } from "./keyboard.ts";
import { maxAheadBytes } from "./keys.ts";
import { usualLimits, type ShellLimits } from "./limits.ts";
import { createLink } from "./link.ts";
import { createOpenLine } from "./open-line.ts";
import { createQuestions } from "./questions.ts";
import { QuotingError } from "./quoting.ts";
import type { After, GovernedShell, ShellEvents } from "./seam.ts";
import { createStage } from "./stage.ts";
import { createTrial } from "./trial.ts";

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
  const openLine = createOpenLine();
  const trial = createTrial();
  const stage = createStage(options.after);
  const grant = createGrant(events);
  const keyboard = createKeyboard(channel, stage, limits);
  let columns = options.columns;
  const heldLine = createHeldLine({ drawsLine: options.dialect === "bash", columns: () => columns });

  let promptCount = 0;
  let endCount = 0;
  let continuationCount = 0;
  let status = 0;

  /** What start-up files print is shown, trial lines are not. Readline draws only the last line of a prompt again, ZLE all. */
  const isStarting = (): boolean => (options.dialect === "zsh" ? endCount : promptCount) === 0;
  const isClosed = (): boolean => stage.state === "closed";

  let settle: { resolve(): void; reject(error: Refusal): void } | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const show = (text: string): void => {
    if (text !== "") events.output(Buffer.from(text, "utf8"));
  };

  const close = (): void => {
    if (isClosed()) return;
    // Whether a line that was allowed has begun is not known here.
    const undecided = trial.isPassed && stage.state === "held";
    stage.enter("closed");
    keyboard.clear();
    settle?.reject(notGovernable("The shell ended before it had shown that it asks."));
    channel.close();
    if (undecided) events.withdrawn(questions.id);
  };
  /** Whatever the protocol does not allow closes the channel; nothing more is sent or shown. */
  const incident = (why: string): void => {
    if (isClosed()) return;
    settle?.reject(notGovernable(why));
    const wasReady = trial.isPassed;
    close();
    if (wasReady) events.incident(why);
  };

  const questions = createQuestions({
    ...{ stage, trial, keyboard, heldLine, limits, show, incident, events },
    send: (verdict) => void channel.write(link.verdict(verdict)),
  });

  const onAsked = (frame: Frame): void => {
    const [more, lastStatus, ran] = frame.second.split(",");
    if (!questions.isNext(frame)) return incident("The shell's questions are out of order.");
    if (stage.isWaiting) questions.lose();
    // Ctrl-C makes the host's terminal drop what it has not sent, which may have been the frames of a prompt.
    onCounted(Number(ran));
    if (more !== "1") grant.end(Number(lastStatus));
    if (!isClosed()) questions.ask(frame);
  };
  const onTaken = (frame: Frame): void => {
    switch (questions.take(frame)) {
      case undefined:
        return undefined;
      case "drop":
        return nextTrial();
      case "allow":
      case "instead":
        grant.give(questions.id);
        heldLine.promptBegins();
        return stage.enter("granted", limits.beginMs, () => keyboard.goTo("running"));
      default:
        return keyboard.backToEditor();
    }
  };

  const sendTrial = (): void => {
    stage.enter("entered", limits.readyMs, () => incident("The shell does not ask before it runs a line."));
    channel.write(trial.keys);
  };
  const nextTrial = (): void => {
    trial.pass();
    if (!trial.isPassed) return sendTrial();
    show("\r\u001b[K");
    settle?.resolve();
    events.prompt();
    keyboard.backToEditor();
  };

  const onCommandEnd = (frame: Frame): void => {
    const [lastStatus, ran] = frame.second.split(",");
    if (stage.isWaiting) questions.lose();
    onCounted(Number(ran));
    if (isClosed()) return;
    status = Number(lastStatus);
    endCount += 1;
    if (options.dialect === "bash" && openLine.isOpen) show("\r\n");
    heldLine.promptBegins();
    if (trial.isPassed) stage.enter("entered", limits.beginMs, () => keyboard.goTo("running"));
  };
  const onPrompt = (frame: Frame): void => {
    heldLine.promptEnds();
    // A prompt is drawn again after a resize, a completion, a verdict.
    if (Number(frame.first) === promptCount) return keyboard.redrawn();
    promptCount = Number(frame.first);
    keyboard.newPrompt();
    if (promptCount === 1) return sendTrial();
    if (!trial.isPassed) return incident("The shell ran a line without asking.");
    grant.end(status);
    events.prompt();
    keyboard.goTo("prompt");
  };
  const onContinuation = (frame: Frame): void => {
    if (Number(frame.first) === continuationCount) return keyboard.redrawn();
    continuationCount = Number(frame.first);
    if (!grant.pause()) return;
    heldLine.promptEnds();
    if (options.dialect === "zsh") return keyboard.goTo("prompt");
    // Takes its meaning from the key that accepts a line, which only the primary prompt does by itself.
    channel.write(Buffer.from(`\u001e${secrets.keys}d`));
    keyboard.backToEditor();
  };
  const onBegun = (): void => {
    if (!grant.begin()) return incident("A command began without a verdict.");
    keyboard.goTo("running");
  };
  /** The shell tells how many commands it has begun; one may have been lost on the way. */
  const onCounted = (count: number): void => {
    if (grant.isBehind(count)) onBegun();
  };

  const onFrame = (frame: Frame): void => {
    switch (frame.kind) {
      case "F":
        return incident(
          frame.first === "frozen"
            ? `${frame.payload} is read-only in this shell, and the hook has to set it for itself.`
            : `The host's shell is bash ${frame.payload}; the hook needs 5.1 or newer.`,
        );
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
        return questions.tell(frame);
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
    if (!trial.isPassed) incident("Other output falls into what the shell says.");
    else if (kind === "Q") questions.askBroken();
    else if (kind === "S") onBegun();
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
        keyboard.shown(one.bytes);
        openLine.printed(one.bytes);
        if (trial.isPassed || isStarting()) events.output(one.bytes);
      }
      if (isClosed()) return;
    }
  };

  stage.enter("starting", limits.readyMs, () => incident("The shell took too long to start."));
  channel.onBytes((bytes) => {
    try {
      onBytes(bytes);
    } catch (error) {
      if (!(error instanceof QuotingError)) throw error;
      incident("The shell's answer cannot be read.");
    }
  });
  void channel.closed.then(close);

  return {
    ready,
    input(bytes) {
      if (isClosed()) return true;
      if (!keyboard.add(bytes)) {
        show(`\u0007\r\nMore than ${maxAheadBytes / 1024} KiB were typed ahead; all of it is dropped.\r\n`);
        return true;
      }
      if (stage.state === "held" && trial.isPassed && keyboard.interrupted) questions.withdraw();
      return keyboard.pump();
    },
    answer: questions.answer,
    notice: questions.notice,
    resize(width, rows) {
      columns = width;
      channel.resize(width, rows);
    },
    get state() {
      return stage.state;
    },
    get secret() {
      return keyboard.secret;
    },
    close,
  };
}

const notGovernable = (detail: string): Refusal =>
  new Refusal("shell_not_governable", detail, {
    hint: "Ask for a bash 5.1 or zsh 5.9 login without start-up files that rebind Enter, or use the line mode.",
  });
