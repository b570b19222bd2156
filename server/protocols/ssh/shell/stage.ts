import type { After, ShellState } from "./seam.ts";

/** Where the shell is in the table of docs/TERMINAL.md, and what is done where it stays there too long. */
export type Stage = {
  readonly state: ShellState;
  /** The shell has asked, and has not yet said that it took the answer. */
  readonly isWaiting: boolean;
  enter(next: ShellState, milliseconds?: number, late?: () => void): void;
};

export function createStage(after: After): Stage {
  let state: ShellState = "starting";
  let stopTimer = (): void => undefined;
  return {
    get state() {
      return state;
    },
    get isWaiting() {
      return state === "held" || state === "answered";
    },
    enter(next, milliseconds, late) {
      stopTimer();
      stopTimer = (): void => undefined;
      state = next;
      if (milliseconds !== undefined && late) stopTimer = after(milliseconds, late);
    },
  };
}
