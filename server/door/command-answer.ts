import type { Context } from "hono";
import { Refusal, type ErrorCode } from "../../shared/contract/errors.ts";
import type { Command } from "../../shared/nouns/command.ts";

export const maxWaitSeconds = 60;
const defaultWaitSeconds = 30;

/** Seconds that the caller waits for an answer: RFC 7240, `Prefer: wait=N`. */
export function waitSeconds(prefer: string | undefined): number {
  const found = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(prefer ?? "");
  return Math.min(found ? Number(found[1]) : defaultWaitSeconds, maxWaitSeconds);
}

/** A command's state as an HTTP answer: what was refused is an error of the same code. */
export function answer(context: Context, command: Command): Response {
  const at = `/api/commands/${command.id}`;
  if (command.state === "held" || command.state === "running")
    return context.json(command, 202, { location: at });
  const refused: Partial<Record<Command["state"], ErrorCode>> = {
    blocked: command.error?.code === "masking_refused" ? "masking_refused" : "blocked",
    rejected: "rejected",
    expired: "expired",
    withdrawn: "withdrawn",
  };
  const code = refused[command.state];
  if (code === undefined) return context.json(command, 200);
  const { decision } = command;
  const detail = command.error?.message ?? (decision?.reasons.join(" ") || "This command does not run.");
  throw new Refusal(code, detail, {
    hint: command.error?.hint ?? decision?.hint,
    extra: { state: command.state, command: command.id, decision },
  });
}

/** The promise's value, or undefined where it takes longer. A failure of a slow one is the journal's to keep. */
export async function within<T>(promise: Promise<T>, seconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
