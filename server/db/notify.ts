import pg from "pg";
import { PortalEvent } from "../../shared/contract/frames.ts";
import type { Database } from "./database.ts";

/** PortalEvents between the processes that share a store, by LISTEN/NOTIFY: ids alone, readers re-read the rows. */
export type Notifier = {
  /** Delivers here at once and to the other processes through the store. Resolves once the store has it. */
  publish(event: PortalEvent): Promise<void>;
  /** Calls back for events of this and other processes; returns the way to stop. */
  subscribe(listener: (event: PortalEvent) => void): () => void;
  close(): Promise<void>;
};

const channel = "sluice_events";
const firstRetryMs = 100;
const maxRetryMs = 5_000;

/**
 * Starts listening. A lost connection is replaced, with growing pauses; events missed meanwhile are made up for by
 * readers that re-read on `onGap`.
 */
export async function createNotifier(database: Database, onGap: () => void = () => {}): Promise<Notifier> {
  const origin = crypto.randomUUID();
  const listeners = new Set<(event: PortalEvent) => void>();
  let client: pg.Client | undefined;
  let closed = false;
  let retryMs = firstRetryMs;
  let retryTimer: NodeJS.Timeout | undefined;

  const deliver = (event: PortalEvent) => {
    for (const listener of listeners) listener(event);
  };

  const listen = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: database.url, application_name: "sluice events" });
    next.on("notification", (message) => {
      const envelope: unknown = JSON.parse(message.payload ?? "null");
      if (typeof envelope !== "object" || envelope === null || !("event" in envelope)) return;
      if ("origin" in envelope && envelope.origin === origin) return;
      const event = PortalEvent.safeParse(envelope.event);
      if (event.success) deliver(event.data);
    });
    next.on("error", () => reconnect(next));
    next.on("end", () => reconnect(next));
    await next.connect();
    await next.query(`listen ${channel}`);
    client = next;
    retryMs = firstRetryMs;
  };

  const reconnect = (lost: pg.Client) => {
    if (closed || retryTimer !== undefined || (client !== undefined && client !== lost)) return;
    client = undefined;
    retryTimer = setTimeout(() => {
      retryTimer = undefined;
      listen().then(onGap, () => {
        retryMs = Math.min(retryMs * 2, maxRetryMs);
        reconnect(lost);
      });
    }, retryMs);
  };

  await listen();
  return {
    async publish(event) {
      deliver(event);
      await database.pool.query("select pg_notify($1, $2)", [channel, JSON.stringify({ origin, event })]);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      clearTimeout(retryTimer);
      await client?.end();
    },
  };
}
