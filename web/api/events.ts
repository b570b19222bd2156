import { PortalEvent } from "../../shared/contract/frames.ts";
import type { Client } from "./client.ts";
import { isAbort, toUserError, type UserError } from "./errors.ts";

/** `live`: what is shown is what is. Else it may be old, and nothing may be decided on it. */
export type Live = "connecting" | "live" | "lost";

export type PortalEvents = {
  readonly state: Live;
  /** Where this person's access was taken back: what says so. It is asked again, for it may be given again. */
  readonly revoked: UserError | undefined;
  /** Called at each event. */
  subscribe(listener: (event: PortalEvent) => void): () => void;
  /** Called at each change of `state` and `revoked`. A return to `live` means that events may have been missed: fetch again. */
  watch(listener: () => void): () => void;
  /** Connects until the returned function is called. */
  start(): () => void;
  /** Tries again at once. */
  retry(): void;
};

const firstRetryMs = 500;
const lastRetryMs = 15_000;
/** A stream that stays silent for this long is taken for dead; the gateway writes a comment every 15 s. */
const silenceMs = 45_000;
/** An event is an id or two: anything longer is not of this API. */
const maxEventCharacters = 64 * 1024;

/** Server-sent events over fetch, so that the bearer token stays a header. Reconnects with growing, jittered waits. */
export function createEvents(client: Client): PortalEvents {
  const listeners = new Set<(event: PortalEvent) => void>();
  const watchers = new Set<() => void>();
  let state: Live = "connecting";
  let revoked: UserError | undefined;
  let wake: () => void = () => undefined;
  const become = (next: Live, why?: UserError) => {
    if (next === state && why?.code === revoked?.code) return;
    state = next;
    revoked = why;
    for (const watcher of watchers) watcher();
  };
  const tell = (data: string) => {
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      return;
    }
    // An event of a newer gateway is passed over: it asks for something this page does not show.
    const event = PortalEvent.safeParse(json);
    if (event.success) for (const listener of listeners) listener(event.data);
  };
  const connect = async (closing: AbortSignal): Promise<void> => {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    closing.addEventListener("abort", abort);
    let watchdog = setTimeout(abort, silenceMs);
    try {
      const response = await client.open("/api/events", {
        signal: attempt.signal,
        headers: { accept: "text/event-stream" },
      });
      if (response.body === null) return;
      become("live");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(watchdog);
        watchdog = setTimeout(abort, silenceMs);
        const blocks = (rest + part.value).split(/\r?\n\r?\n/u);
        rest = blocks.pop() ?? "";
        if (rest.length > maxEventCharacters) return abort();
        for (const block of blocks) {
          const data = eventData(block);
          if (data !== "") tell(data);
        }
      }
    } finally {
      clearTimeout(watchdog);
      closing.removeEventListener("abort", abort);
    }
  };
  const run = async (closing: AbortSignal): Promise<void> => {
    let waitMs = firstRetryMs;
    while (!closing.aborted) {
      const startedAt = Date.now();
      let refused: UserError | undefined;
      try {
        await connect(closing);
      } catch (error) {
        if (!isAbort(error)) refused = toUserError(error);
      }
      if (closing.aborted) return;
      become("lost", refused?.code === "access_revoked" ? refused : undefined);
      // Signed out: nothing to wait for. Anything else may pass.
      if (refused?.code === "unauthenticated") return;
      if (Date.now() - startedAt > lastRetryMs) waitMs = firstRetryMs;
      const jittered = waitMs * (0.5 + Math.random() / 2);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, jittered);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      waitMs = Math.min(waitMs * 2, lastRetryMs);
    }
  };
  return {
    get state() {
      return state;
    },
    get revoked() {
      return revoked;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    watch: (listener) => {
      watchers.add(listener);
      return () => void watchers.delete(listener);
    },
    start: () => {
      const closing = new AbortController();
      void run(closing.signal);
      return () => {
        closing.abort();
        wake();
      };
    },
    retry: () => wake(),
  };
}

/** The data lines of one event, joined (WHATWG HTML, server-sent events). Comments and other fields are passed over. */
export function eventData(block: string): string {
  return block
    .split(/\r?\n/u)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /u, ""))
    .join("\n");
}
