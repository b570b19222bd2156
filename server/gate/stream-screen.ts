import { StringDecoder } from "node:string_decoder";
import { Refusal } from "../../shared/contract/errors.ts";
import type { CommandId, SessionId } from "../../shared/ids.ts";
import type { MaskedField } from "../../shared/nouns/command.ts";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import type { Recorder } from "../journal/recorder.ts";
import type { ScreenText } from "../masking/screen-text.ts";
import { createScreenState, type DrawnScreen } from "./screen-state.ts";
import type { Viewers } from "./viewers.ts";

type Timeless<Event> = Event extends unknown ? Omit<Event, "at"> : never;
/** What happens on a terminal's screen, before it is stamped with the time. */
export type StreamEvent = Timeless<Extract<RecordingEvent, { type: "terminal" | "resize" | "screen" }>>;

/** What a terminal shows: recorded first, then shown, in the order in which it came. */
export type StreamScreen = {
  /** Says what kind of terminal it is; whatever came before is shown behind that. */
  begin(event: StreamEvent): Promise<void>;
  /** Output of the shell. Asks `pause` where more waits than is good, and `resume` once it has gone out. */
  output(bytes: Uint8Array): void;
  event(event: StreamEvent): Promise<void>;
  /** Resolves once the output that has come so far is shown, or can no longer be; whatever comes meanwhile. */
  shown(): Promise<void>;
  /** The line of this command was just entered: what has come so far ends with it, or `above` the cursor. */
  entered(command: CommandId, above: boolean): void;
  /** What stands on the screen, as text that draws it, at one moment between two events: `send` is called there. */
  snapshot(send: (drawn: DrawnScreen) => Promise<void>): Promise<void>;
  /** What was masked since this was last asked. */
  masked(): MaskedField[];
  /** Shows what has come, and nothing after it. */
  close(): Promise<void>;
};

/** Bytes that wait to be shown before the host is asked to wait, and of one event. */
const highWaterBytes = 256 * 1024;
const lowWaterBytes = 128 * 1024;
const eventBytes = 64 * 1024;
/** After an event of this size the next is waited for until it is large, or so long: a flood comes in small pieces. */
const floodBytes = 1024;
const gatherBytes = 64 * 1024;
export const gatherMs = 4;
/** How long text may be held back that might be the beginning of something to hide. */
export const holdMs = 25;

export function createStreamScreen(options: {
  session: SessionId;
  recorder: Recorder;
  viewers: Pick<Viewers, "show">;
  text: ScreenText;
  columns: number;
  rows: number;
  /** Milliseconds since the session opened. */
  at: () => number;
  pause: () => void;
  resume: () => void;
  /** Where it cannot be recorded any more. */
  onFailure: (error: unknown) => void;
}): StreamScreen {
  const { session, recorder, viewers, text, at, pause, resume, onFailure } = options;
  const state = createScreenState(options);
  const decoder = new StringDecoder("utf8");
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  /** Bytes that have come, and of them those that are shown. */
  let came = 0;
  let went = 0;
  let marks: { at: number; reached: () => void }[] = [];
  let isPaused = false;
  let isDraining = false;
  let isFlood = false;
  let failed = false;
  let release: NodeJS.Timeout | undefined;
  let gathered = () => {};
  let root = (_begun: Promise<void>) => {};
  let tail = new Promise<void>((resolve) => (root = resolve));

  const reach = (bytes: number) => {
    for (const { reached } of marks.filter(({ at }) => at <= bytes)) reached();
    marks = marks.filter(({ at }) => at > bytes);
  };
  /** What fails ends the stream. */
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (failed) return;
    try {
      await work();
    } catch (error) {
      failed = true;
      reach(Infinity);
      // What a shell prints while its session ends is nobody's any more.
      if (!(error instanceof Refusal && error.code === "session_closed")) onFailure(error);
    }
  };
  /** One thing after the other. */
  const inTurn = (work: () => Promise<void>): Promise<void> => (tail = tail.then(() => attempt(work)));
  const show = async (of: StreamEvent) => {
    const event: RecordingEvent = { ...of, at: at() };
    const json = recorder.write(event);
    await recorder.drained();
    await viewers.show(session, { event, json, command: undefined });
  };
  const showText = async (shown: string) => {
    if (shown === "") return;
    await Promise.all([show({ type: "screen", text: shown }), state.write(shown)]);
  };
  const showHeld = () => showText(text.flush());
  const gather = () =>
    new Promise<void>((resolve) => {
      const end = setTimeout(resolve, gatherMs);
      gathered = () => {
        clearTimeout(end);
        resolve();
      };
    });
  /** Shows one event's worth, and takes its turn again for the rest: others come between. */
  const drain = async () => {
    clearTimeout(release);
    if (isFlood && waitingBytes < gatherBytes) await gather();
    const chunk = take();
    isFlood = chunk.length >= floodBytes;
    await showText(text.write(decoder.write(chunk)));
    went += chunk.length;
    if (isPaused && waitingBytes <= lowWaterBytes) {
      isPaused = false;
      resume();
    }
    const isLast = went === came;
    // Nothing has come behind it that would tell whether it goes on.
    if (isLast && marks.length > 0) await showHeld();
    reach(went);
    isDraining = waiting.length > 0;
    if (isDraining) void inTurn(drain);
    else if (text.holding) release = setTimeout(() => void inTurn(showHeld), holdMs);
  };
  const shown = (): Promise<void> => {
    if (failed) return Promise.resolve();
    if (went === came) return inTurn(showHeld);
    return new Promise((reached) => marks.push({ at: came, reached }));
  };
  /** At most one event's worth of what waits, and nothing beyond what somebody wants to know of. */
  const take = (): Uint8Array => {
    const limit = Math.min(eventBytes, ...marks.map(({ at }) => at - went));
    let count = 0;
    let bytes = 0;
    while (bytes < limit && count < waiting.length) bytes += waiting[count++]?.length ?? 0;
    const taken = waiting.splice(0, count);
    const all = taken.length === 1 && taken[0] ? taken[0] : Buffer.concat(taken, bytes);
    if (bytes > limit) waiting.unshift(all.subarray(limit));
    waitingBytes -= Math.min(bytes, limit);
    return all.subarray(0, limit);
  };

  return {
    async begin(event) {
      const begun = attempt(() => show(event));
      root(begun);
      await begun;
    },
    output(bytes) {
      if (failed) return;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      came += bytes.length;
      if (waitingBytes > highWaterBytes && !isPaused) {
        isPaused = true;
        pause();
      }
      if (waitingBytes >= gatherBytes) gathered();
      if (isDraining) return;
      isDraining = true;
      void inTurn(drain);
    },
    event: (event) =>
      inTurn(async () => {
        if (event.type === "resize") await state.resize(event.columns, event.rows);
        await show(event);
      }),
    shown,
    entered(command, above) {
      if (failed) return;
      const mark = () => void inTurn(() => state.mark(command, above));
      if (went !== came) return void marks.push({ at: came, reached: mark });
      void inTurn(showHeld);
      mark();
    },
    snapshot: (send) => inTurn(async () => send(await state.serialize())),
    masked: text.takeFound,
    async close() {
      await shown();
      await inTurn(async () => {
        clearTimeout(release);
        await showText(text.write(decoder.end()) + text.flush());
      });
      state.dispose();
    },
  };
}
