import type { Logger } from "pino";
import type { Config, Secrets } from "../config/config.ts";
import type { ApplyProblem } from "../targets/apply.ts";
import { declare } from "./declare.ts";
import { lay, type Foundation } from "./foundation.ts";
import { undoable } from "./undoable.ts";

/**
 * What the gateway's own program does besides serving: `main.js apply`, `main.js keys rotate`. Gateways that run go on,
 * and are told by the store. Each gives the exit status: 0 done, 1 not done, 2 not to be done here.
 */
export type Task = (config: Config, secrets: Secrets, log: Logger) => Promise<number>;

/** The task that the words name; undefined where there are none, and the gateway is to serve. Throws where they name none. */
export function taskOf(words: readonly string[]): Task | undefined {
  if (words.length === 0) return undefined;
  const task = tasks.get(words.join(" "));
  if (task === undefined)
    throw new UsageError(`"${words.join(" ")}" is no task. Known: ${[...tasks.keys()].join(", ")}.`);
  return task;
}

/** What was typed is no task of this program. */
export class UsageError extends Error {}

export function tell(problems: ApplyProblem[], log: Logger): void {
  for (const { part, refusal } of problems) log.error({ part, ...refusal.toProblem() }, "not applied");
}

const tasks: ReadonlyMap<string, Task> = new Map<string, Task>([
  ["apply", apply],
  ["keys rotate", rotateKey],
]);

/** Makes the store say what the declarative file says. */
async function apply(config: Config, secrets: Secrets, log: Logger): Promise<number> {
  const { file } = config;
  if (config.mode === "demo" || file === undefined) {
    console.error("SLUICE_FILE names no file to apply, or this is the demo, which applies its own at start.");
    return 2;
  }
  let problems: ApplyProblem[] = [];
  await within(config, secrets, log, async (foundation) => {
    problems = await declare({ file, variables: process.env }, foundation);
  });
  tell(problems, log);
  if (problems.length === 0) console.log(`${file} is applied.`);
  return problems.length === 0 ? 0 : 1;
}

/** Puts a new signing key of the ledger in force, signed into it by the one before. Nobody's: the entry has no actor. */
async function rotateKey(config: Config, secrets: Secrets, log: Logger): Promise<number> {
  if (config.mode === "demo") {
    console.error("The demo's store is its gateway's own: rotate its key in the portal, under Settings.");
    return 2;
  }
  await within(config, secrets, log, async ({ journal }) => {
    const { keyId, seq } = await journal.ledger.rotateKey(null);
    console.log(`Key ${keyId} signs the ledger from now on, as its entry ${seq} says.`);
    console.log("Keep what GET /api/ledger/key answers now, apart from the gateway.");
  });
  return 0;
}

/** Does something with every room, and lets go of them. */
async function within(
  config: Config,
  secrets: Secrets,
  log: Logger,
  work: (foundation: Foundation) => Promise<void>,
): Promise<void> {
  const stop = await undoable(log, async (undo) => work(await lay(config, secrets, log, undo)));
  await stop();
}
