import { createDecoder } from "../../shared/recording/decode.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import type { Client } from "../api/client.ts";
import { toUserError, UserError } from "../api/errors.ts";
import { watchRecording } from "../api/live-watch.ts";
import { readRecording } from "../api/recordings.ts";

/** What a driver tells the player. */
export type Sink = {
  /** The session still runs: more will come. */
  live(): void;
  event(event: RecordingEvent): void;
  /** All that there is by now has been told. */
  caughtUp(): void;
  /** Nothing more will come. */
  ended(): void;
  failed(error: UserError): void;
};

/** Feeds one recording to a player. Called once; what it returns stops it. */
export type Driver = (sink: Sink) => () => void;

const unreadable = (error: unknown): UserError =>
  error instanceof UserError
    ? error
    : error instanceof Error && error.name === "RecordingTooNew"
      ? new UserError("unreadable", error.message, "Reload the page: it may be older than the gateway.")
      : toUserError(error);

type Page = { live: boolean; events: unknown[]; next?: number | undefined };

/** Reads a recording page by page; one whose session still runs is handed to `follow`. */
export function replayDriver(
  read: (from: number, signal: AbortSignal) => Promise<Page>,
  follow: Driver,
): Driver {
  return (sink) => {
    const stopped = new AbortController();
    let stopFollowing = () => {};
    const run = async () => {
      const decode = createDecoder();
      let from: number | undefined = 0;
      while (from !== undefined) {
        const page: Page = await read(from, stopped.signal);
        if (stopped.signal.aborted) return;
        if (page.live) {
          stopFollowing = follow(sink);
          return;
        }
        for (const event of page.events) sink.event(decode(JSON.stringify(event)));
        from = page.next;
      }
      sink.caughtUp();
      sink.ended();
    };
    run().catch((error: unknown) => {
      if (!stopped.signal.aborted) sink.failed(unreadable(error));
    });
    return () => {
      stopped.abort();
      stopFollowing();
    };
  };
}

/** How long after the last event the past is taken to have been told. */
const settleMs = 250;

/** Follows a running session. `watch` opens the socket; frames carry one event each. */
export function liveDriver(watch: (handlers: Parameters<typeof watchRecording>[2]) => () => void): Driver {
  return (sink) => {
    const decode = createDecoder();
    let settle: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(settle);
      settle = setTimeout(() => sink.caughtUp(), settleMs);
    };
    sink.live();
    const stop = watch({
      connected: soon,
      frame: (text) => {
        try {
          const frame: unknown = JSON.parse(text);
          if (typeof frame !== "object" || frame === null || !("event" in frame)) return;
          sink.event(decode(JSON.stringify(frame.event)));
          soon();
        } catch (error) {
          stop();
          sink.failed(unreadable(error));
        }
      },
      ended: () => {
        clearTimeout(settle);
        sink.caughtUp();
        sink.ended();
      },
      failed: (error) => {
        clearTimeout(settle);
        sink.failed(error);
      },
    });
    return () => {
      clearTimeout(settle);
      stop();
    };
  };
}

/** The driver that fits: the recording's pages once it has ended, its socket while it runs. */
export function driverFor(api: Client, session: string, live: boolean): Driver {
  const follow = liveDriver((handlers) => watchRecording(api, session, handlers));
  return live ? follow : replayDriver((from, signal) => readRecording(api, session, from, signal), follow);
}
