import type { Channel } from "../connect/executable.ts";
import { createEchoWatch } from "./echo.ts";
import { createKeyQueue, ctrlC } from "./keys.ts";
import type { ShellLimits } from "./limits.ts";
import type { Stage } from "./stage.ts";

/** What the user types, on its way to whoever reads it: the editor of the shell, or the program that runs. */
export type Keyboard = {
  /** False where there was no room: see `KeyQueue`. */
  add(bytes: Uint8Array): boolean;
  /** Puts back what the shell read too early. */
  addFirst(bytes: Uint8Array): void;
  clear(): void;
  /** Sends what may go now. False asks to wait for the channel's `drained`. */
  pump(): boolean;
  /** The editor or a program reads. */
  goTo(reader: "prompt" | "running"): void;
  /**
   * Back to the line that was asked about. Bash draws its prompt once more when the hook's key is done, and zsh's hook
   * when the terminal is the editor's again: keys that come before are edited by the terminal itself, a Ctrl-C is lost.
   */
  backToEditor(): void;
  /** The prompt was drawn again. */
  redrawn(): void;
  /** A prompt that was not there before. */
  newPrompt(): void;
  /** What the shell and its programs print. */
  shown(bytes: Uint8Array): void;
  /** Whether Ctrl-C waits among the keys. */
  readonly interrupted: boolean;
  /** Whether keys typed now may be a password: see echo.ts. */
  readonly secret: boolean;
};

export function createKeyboard(channel: Channel, stage: Stage, limits: ShellLimits): Keyboard {
  const keys = createKeyQueue();
  const echo = createEchoWatch();
  let awaitsRedraw = false;
  let mayBeLost = false;

  const pump = (): boolean => {
    if (keys.length === 0) return true;
    if (stage.state === "running") {
      const bytes = keys.takeAll();
      echo.typed(bytes);
      return channel.write(bytes);
    }
    if (stage.state !== "prompt") return true;
    const { bytes, entered } = keys.takeLine();
    const isUnheard = mayBeLost && bytes.length === 1 && bytes[0] === ctrlC;
    mayBeLost = false;
    if (entered) stage.enter("entered", limits.enterMs, isUnheard ? interruptAgain : () => goTo("prompt"));
    return channel.write(bytes);
  };
  /**
   * A Ctrl-C that meets the end of the hook's own key is drawn by readline and does nothing, once in some hundred times.
   * At a prompt a second one does no more than the first.
   */
  const interruptAgain = (): void => {
    stage.enter("entered", limits.enterMs, () => goTo("prompt"));
    channel.write(Uint8Array.of(ctrlC));
  };
  const goTo = (reader: "prompt" | "running"): void => {
    awaitsRedraw = false;
    stage.enter(reader);
    pump();
  };

  return {
    add: keys.add,
    addFirst: keys.addFirst,
    clear: keys.clear,
    pump,
    goTo,
    backToEditor() {
      awaitsRedraw = true;
      mayBeLost = true;
      stage.enter("entered", limits.enterMs, () => goTo("prompt"));
    },
    redrawn() {
      if (awaitsRedraw && stage.state === "entered") goTo("prompt");
    },
    newPrompt: keys.atPrompt,
    shown: echo.shown,
    get interrupted() {
      return keys.interrupted;
    },
    get secret() {
      return (stage.state === "running" || stage.state === "granted") && echo.secret;
    },
  };
}
