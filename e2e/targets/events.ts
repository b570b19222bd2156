import type { Client } from "./client.ts";

/** An actor's server-sent events, gathered as they come. */
export type Events = {
  seen: { event: string; data: string }[];
  /** Resolves with the first event, of those seen and those to come, whose data has this in it. */
  until(event: string, part: string): Promise<string>;
  /** Whether the gateway has ended the stream. */
  ended: boolean;
  close(): void;
};

export async function listen(client: Client): Promise<Events> {
  const over = new AbortController();
  const response = await fetch(`${client.url}/api/events`, {
    headers: { authorization: `Bearer ${client.token}`, accept: "text/event-stream" },
    signal: over.signal,
  });
  if (!response.ok || response.body === null) throw new Error(`events: ${response.status}`);
  const seen: Events["seen"] = [];
  const listeners = new Set<() => void>();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const pump = async () => {
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? "";
        if (field("event") !== "") seen.push({ event: field("event"), data: field("data") });
      }
      for (const listener of listeners) listener();
    }
  };
  const events: Events = {
    seen,
    ended: false,
    until: (event, part) =>
      new Promise((resolve) => {
        const look = () => {
          const found = seen.find((one) => one.event === event && one.data.includes(part));
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found.data);
        };
        listeners.add(look);
        look();
      }),
    close: () => over.abort(),
  };
  // Closing it is how it ends, from either side.
  pump()
    .catch(() => undefined)
    .finally(() => (events.ended = true));
  await events.until("ready", "");
  return events;
}
