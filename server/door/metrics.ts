import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Env } from "./rooms.ts";

export type Metrics = {
  /** Counts and times every answered request by its route, never by its path. */
  middleware: MiddlewareHandler<Env>;
  text(): Promise<string>;
};

/** Prometheus metrics of one gateway. `openSessions` and `ledgerHead` are asked at each scrape. */
export function createMetrics(ask: {
  openSessions: () => Promise<number>;
  ledgerHead: () => Promise<number>;
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "sluice_" });
  const requests = new Counter({
    name: "sluice_requests_total",
    help: "Answered requests by route and status.",
    labelNames: ["method", "route", "status"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "sluice_request_seconds",
    help: "Time to the answer's first byte, by route.",
    labelNames: ["method", "route"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 60],
    registers: [registry],
  });
  const gauge = (name: string, help: string, value: () => Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await value().catch(() => Number.NaN));
      },
    });
  gauge("sluice_open_sessions", "Sessions that are open, in the store.", ask.openSessions);
  gauge("sluice_ledger_head", "Number of the ledger's last entry.", ask.ledgerHead);

  return {
    async middleware(context, next) {
      const end = seconds.startTimer();
      await next();
      const route = matchedRoutes(context).findLast(({ path }) => !path.endsWith("*"))?.path ?? "other";
      const { method } = context.req;
      end({ method, route });
      requests.inc({ method, route, status: String(context.res.status) });
    },
    text: () => registry.metrics(),
  };
}
