export type ShellLimits = {
  /** From the start until the shell has proven that it asks: the user's own start-up files run meanwhile. */
  readyMs: number;
  /** From a verdict until the shell says what it made of it. */
  answerMs: number;
  /** How long keys after an Enter wait for the shell to ask. A widget may have taken the Enter: then nothing asks. */
  enterMs: number;
  /** How long keys wait after a grant for the command to begin. */
  beginMs: number;
};
export const usualLimits: ShellLimits = { readyMs: 20_000, answerMs: 20_000, enterMs: 300, beginMs: 2_000 };
