import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { EvidenceStatus } from "../../shared/nouns/evidence.ts";
import type { Env } from "./rooms.ts";

export type Metrics = {
  /** Counts and times every answered request by its route, never by its path. */
  middleware: MiddlewareHandler<Env>;
  text(): Promise<string>;
};

/** Prometheus metrics of one gateway. What is asked is asked at each scrape; what cannot be told is NaN. */
export function createMetrics(ask: {
  openSessions: () => Promise<number>;
  ledgerHead: () => Promise<number>;
  evidence: () => Promise<EvidenceStatus>;
  /** Alarms about the evidence that this process has raised. */
  alarms: () => number;
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
  gauge(
    "sluice_evidence_findings",
    "What is not as it was written in the ledger and the recordings. Above 0: act.",
    async () => (await ask.evidence()).findingCount,
  );
  gauge(
    "sluice_evidence_checked_entry",
    "Last entry of the ledger that the check in the background has come to.",
    async () => (await ask.evidence()).checkedTo,
  );
  gauge(
    "sluice_evidence_checked_seconds",
    "When that check had last been through everything, as Unix time; 0: never.",
    async () => Date.parse((await ask.evidence()).completedAt ?? "1970-01-01T00:00:00Z") / 1000,
  );
  registry.registerMetric(
    new Counter({
      name: "sluice_evidence_alarms_total",
      help: "Alarms about the evidence that this gateway has raised.",
      registers: [],
      collect() {
        this.reset();
        this.inc(ask.alarms());
      },
    }),
  );

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
