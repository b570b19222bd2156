import { noteOpaque, noteTamper } from "../findings.ts";
import { silent, unknownFlow, type Flow } from "../flow.ts";
import type { Call, Runner } from "../runner.ts";

/** What a word that the shell itself runs does, and what of it goes on; undefined where that is nothing. */
export type Builtin = (call: Call, runner: Runner) => Flow | undefined;

export const quiet: Builtin = () => silent;

/** The hook must not be lost, nor be shown to the shell's own code; in another shell there is none. */
export const tamper =
  (what: string): Builtin =>
  ({ scope }, { findings }) => {
    if (scope.live) noteTamper(findings, what);
    return silent;
  };

export const opaque =
  (reason: string): Builtin =>
  (_, { findings }) => {
    noteOpaque(findings, reason);
    return unknownFlow;
  };
