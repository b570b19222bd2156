import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** What a client was told, and by when it will have to be true. */
export type Acknowledged = { row: number; command: string; state: string };

/** What all clients have been told. */
export type Log = {
  /** Writes by row, each time that their client was told how they stand. */
  acknowledged: Acknowledged[];
  /** Writes that were begun; of some no client heard anything. */
  rows: number;
  reads: number;
  votes: number;
  /** What the clients of writes that have not ended were told last, by row. */
  waiting: Map<number, string>;
  /** Answers that no client should get. */
  odd: string[];
};
export const newLog = (): Log => ({
  acknowledged: [],
  rows: 0,
  reads: 0,
  votes: 0,
  waiting: new Map(),
  odd: [],
});

export type Load = {
  /** Of all gateways; each request goes to any of them. */
  origins: readonly string[];
  log: Log;
  /** Begin nothing new. */
  ending: AbortSignal;
  /** Give up. */
  over: AbortSignal;
  random: () => number;
};

const Session = z.object({ id: z.string() });
const Command = z.object({ id: z.string(), state: z.string() });
const Reviews = z.object({ reviews: z.array(z.object({ id: z.string(), sha256: z.string() })) });
const Problem = z.object({ code: z.string(), command: z.string().optional(), state: z.string().optional() });

const requestTimeoutMs = 15_000;
/** Later answers may say otherwise. */
const passing = new Set(["held", "running"]);
/** What a client may meet while something is down, and tries again. */
const passingCodes = new Set([
  "journal_unavailable",
  "store_unavailable",
  "catalog_unavailable",
  "issuer_unavailable",
  "parser_unavailable",
  "target_unreachable",
  "target_refused",
  "draining",
  "internal",
  "conflict",
  "session_busy",
  "rate_limited",
]);

type Answer = { status: number; body: unknown };
const codeOf = ({ body }: Answer) => Problem.safeParse(body).data?.code ?? "";

/** One actor, whose requests go to any gateway. Undefined: there was no answer. */
function caller({ origins, random, over }: Load, token: string) {
  return async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> {
    const origin = origins[Math.floor(random() * origins.length)] ?? "";
    try {
      const response = await fetch(origin + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([over, AbortSignal.timeout(requestTimeoutMs)]),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
    } catch {
      await sleep(50 + random() * 150);
      return undefined;
    }
  };
}

/**
 * Writes one row after another until the end, each with an Idempotency-Key, and tries each again until it is told what
 * became of it. Every fourth command reads.
 */
export async function writer(
  load: Load,
  token: string,
  target: string,
  nextRow: () => number,
): Promise<void> {
  const { log, ending, over, random } = load;
  const call = caller(load, token);
  let session: string | undefined;
  for (let turn = 0; !ending.aborted; turn++) {
    while (session === undefined && !over.aborted) {
      const opened = await call("POST", "/api/sessions", { target, reason: "chaos" });
      if (opened === undefined) continue;
      session = Session.safeParse(opened.body).data?.id;
      if (opened.status === 201) continue;
      session = undefined;
      if (!passingCodes.has(codeOf(opened))) log.odd.push(`a session got ${JSON.stringify(opened.body)}`);
      await sleep(50 + random() * 150);
    }
    if (session === undefined) return;
    if (turn % 4 === 3) {
      const read = await call("POST", `/api/sessions/${session}/commands`, {
        sql: "select count(*) from cells where runs > 1",
        parameters: [],
        maxRows: 10,
      });
      if (read?.status === 200) log.reads++;
      if (read !== undefined && codeOf(read) === "session_closed") session = undefined;
      continue;
    }
    const row = nextRow();
    log.rows++;
    session = await write(session, row);
    log.waiting.delete(row);
  }

  /** Gives the session that is left. Where that ends under a write without an answer, nobody knows what became of it. */
  async function write(within: string, row: number): Promise<string | undefined> {
    const body = { sql: "update cells set runs = runs + 1 where id = $1", parameters: [row], maxRows: 10 };
    const headers = { "idempotency-key": `row ${row}`, prefer: "wait=5" };
    let known: string | undefined;
    while (!over.aborted) {
      const answer =
        known === undefined
          ? await call("POST", `/api/sessions/${within}/commands`, body, headers)
          : await call("GET", `/api/commands/${known}?waitSeconds=5`);
      if (answer === undefined) continue;
      log.waiting.set(row, `${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
      const problem = Problem.safeParse(answer.body).data;
      const command =
        problem?.command !== undefined && problem.state !== undefined
          ? { id: problem.command, state: problem.state }
          : Command.safeParse(answer.body).data;
      if (command !== undefined) {
        known = command.id;
        log.acknowledged.push({ row, command: command.id, state: command.state });
        if (!passing.has(command.state)) return within;
      } else if (problem?.code === "session_closed") return undefined;
      else if (passingCodes.has(problem?.code ?? "") || answer.status >= 500)
        await sleep(50 + random() * 150);
      // Nothing of it has begun: its gateway died before it could, or another one still works on the first request.
      else if (problem?.code === "not_found") {
        known = undefined;
        await sleep(50 + random() * 150);
      } else log.odd.push(`a write got ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    return within;
  }
}

/** Decides what waits, now and then against it, until nothing waits at the end. */
export async function reviewer(load: Load, token: string): Promise<void> {
  const { log, over, random } = load;
  const call = caller(load, token);
  while (!over.aborted) {
    const listed = await call("GET", "/api/reviews?state=pending");
    const reviews = Reviews.safeParse(listed?.body).data?.reviews ?? [];
    for (const { id, sha256 } of reviews) {
      const verdict = random() < 0.15 ? "reject" : "approve";
      const voted = await call("POST", `/api/reviews/${id}/votes`, { verdict, sha256, comment: "chaos" });
      if (voted?.status === 200) log.votes++;
    }
    if (reviews.length === 0) await sleep(50);
  }
}
