/** Both keys that are an Enter must ask. */
const lines = [": does this shell ask\r", ": does this shell ask\n"];

/** Lines that are typed before the user's: a shell that has not asked about each of them is not governed. */
export type Trial = {
  readonly isPassed: boolean;
  /** The one that is under way, as it is typed. */
  readonly keys: Uint8Array;
  /** Whether the shell asked about that one. */
  isAbout(text: string): boolean;
  /** The shell has given that one up as it was told to. */
  pass(): void;
};

export function createTrial(): Trial {
  let passed = 0;
  const line = (): string => lines[passed] ?? "";
  return {
    get isPassed() {
      return passed === lines.length;
    },
    get keys() {
      return Buffer.from(line());
    },
    isAbout: (text) => text === line().trimEnd(),
    pass() {
      passed += 1;
    },
  };
}
