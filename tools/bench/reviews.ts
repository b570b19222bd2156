import { once } from "node:events";
import { WebSocket } from "ws";
import { z } from "zod";
import type { ServerFrame } from "../../shared/contract/frames.ts";
import type { Gateway } from "./gateway.ts";
import { quantile } from "./measure.ts";

/** What people wait for, in milliseconds. */
export type ReviewCost = {
  /** From the moment that a review is open to when a connected reviewer has read it. */
  shown: { p50: number; p99: number };
  /** From the moment that it is approved to when whoever asked sees that it runs. */
  running: { p50: number; p99: number };
};

const Event = z.object({ type: z.string(), review: z.string().optional() });
const Review = z.object({
  sha256: z.string(),
  openedAt: z.iso.datetime(),
  decidedAt: z.iso.datetime().optional(),
});
/** Of this process, by the clock that the gateway on this machine has too; in milliseconds since 1970. */
const wallClock = (): number => performance.timeOrigin + performance.now();

/**
 * Holds writes of single rows of the demo's shop, one after the other: the reviewer's event stream tells of each, the
 * reviewer reads it and approves, and the socket of whoever asked tells that it runs.
 */
export async function measureReviews(gateway: Gateway, samples: number): Promise<ReviewCost> {
  const [engineer, reviewer] = await Promise.all([
    gateway.token("demo-engineer"),
    gateway.token("demo-reviewer"),
  ]);
  const opened = await gateway.call(engineer, "POST", "/api/sessions", { target: "shop", reason: "bench" });
  const session = z.object({ id: z.string() }).parse(opened).id;
  const { ended, tell, close } = await watch(gateway, engineer, session);
  const leaving = new AbortController();
  const events = await eventsOf(gateway, reviewer, leaving.signal);
  const [shown, running]: number[][] = [[], []];
  try {
    for (let n = 0; n < samples; n++) {
      const runs = tell();
      const sql = `update orders set note = 'bench ${n}' where id = ${1_000 + n}`;
      await gateway.call(engineer, "POST", `/api/sessions/${session}/commands`, { sql });
      for (;;) {
        const { value } = await events.next();
        if (value === undefined) throw new Error("the reviewer's event stream ended");
        if (value.type !== "review.opened") continue;
        const review = Review.parse(await gateway.call(reviewer, "GET", `/api/reviews/${value.review}`));
        shown?.push(wallClock() - Date.parse(review.openedAt));
        const voted = Review.parse(
          await gateway.call(reviewer, "POST", `/api/reviews/${value.review}/votes`, {
            verdict: "approve",
            sha256: review.sha256,
          }),
        );
        running?.push((await runs) - Date.parse(voted.decidedAt ?? ""));
        break;
      }
      await ended();
    }
  } finally {
    leaving.abort();
    close();
    await gateway.call(engineer, "DELETE", `/api/sessions/${session}`);
  }
  const summary = (times: readonly number[] = []) => ({
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  });
  return { shown: summary(shown), running: summary(running) };
}

/** The session's own socket, which tells when a command begins to run and when it has ended. */
async function watch(gateway: Gateway, token: string, session: string) {
  const path = `/api/sessions/${session}/stream`;
  const { ticket } = z
    .object({ ticket: z.string() })
    .parse(await gateway.call(token, "POST", "/api/tickets", { purpose: path }));
  const socket = new WebSocket(`${gateway.origin.replace("http", "ws")}${path}?ticket=${ticket}`, {
    perMessageDeflate: false,
  });
  await once(socket, "open");
  let begun = (_at: number) => {};
  let over = () => {};
  let outcome = Promise.resolve();
  socket.on("message", (data: Buffer) => {
    const at = wallClock();
    const frame = JSON.parse(data.toString("utf8")) as ServerFrame;
    if (frame.type !== "event") return;
    if (frame.event.type === "state" && frame.event.state === "running") begun(at);
    if (frame.event.type === "outcome") over();
  });
  return {
    ended: () => outcome,
    tell() {
      outcome = new Promise((resolve) => (over = resolve));
      return new Promise<number>((resolve) => (begun = resolve));
    },
    close: () => socket.close(),
  };
}

/** The reviewer's server-sent events, from the moment that the stream is ready. */
async function eventsOf(gateway: Gateway, token: string, signal: AbortSignal) {
  const response = await fetch(`${gateway.origin}/api/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  async function* read(): AsyncGenerator<z.infer<typeof Event>> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const data = block.split("\n").find((line) => line.startsWith("data: "));
        if (data !== undefined && !block.includes("event: ready"))
          yield Event.parse(JSON.parse(data.slice("data: ".length)));
        else if (block.includes("event: ready")) yield { type: "ready" };
      }
    }
  }
  const events = read();
  await events.next();
  return events;
}
