/** What happens to a terminal's screen; `at` in milliseconds since the session opened. */
export type ScreenStep = { at: number; text: string } | { at: number; columns: number; rows: number };
/** What stood on the screen before the step of this number. */
export type Checkpoint = { step: number; columns: number; rows: number; screen: string };

/** A terminal that only shows: xterm, in a page or without one. */
export type Emulator = {
  /** `done` is called when it stands there. */
  write(text: string, done: () => void): void;
  resize(columns: number, rows: number): void;
  /** Empty, as new. */
  reset(): void;
};

/** Between two checkpoints, and therefore the most that a jump draws. */
export const checkpointCharacters = 256 * 1024;
/** Text that is kept; the oldest goes first, and its checkpoints stay: what stood there is still seen. */
export const keptCharacters = 64 * 1024 * 1024;

/** A terminal's whole time, in steps. Grows at its end. */
export type ScreenTrack = {
  /** Number of steps. */
  readonly length: number;
  add(step: ScreenStep): void;
  /** Undefined where the text is no longer kept. */
  step(number: number): ScreenStep | undefined;
  /** Of steps that happened up to `at`. */
  until(at: number): number;
  mark(checkpoint: Checkpoint): void;
  /** The last checkpoint at or before a step; undefined where there is none. */
  nearest(step: number): Checkpoint | undefined;
};

export function createScreenTrack(): ScreenTrack {
  const steps: (ScreenStep | undefined)[] = [];
  const times: number[] = [];
  const checkpoints: Checkpoint[] = [];
  let characters = 0;
  let dropped = 0;
  /** Only what a checkpoint stands for may go. */
  const makeRoom = () => {
    const until = checkpoints.at(-1)?.step ?? 0;
    for (; characters > keptCharacters && dropped < until; dropped++) {
      const step = steps[dropped];
      if (step !== undefined && "text" in step) characters -= step.text.length;
      steps[dropped] = undefined;
    }
  };
  return {
    get length() {
      return steps.length;
    },
    add(step) {
      steps.push(step);
      times.push(Math.max(step.at, times.at(-1) ?? 0));
      if ("text" in step) characters += step.text.length;
      makeRoom();
    },
    step: (number) => steps[number],
    until: (at) => countWhere(times, (time) => time <= at),
    mark: (checkpoint) => void checkpoints.push(checkpoint),
    nearest: (step) => checkpoints[countWhere(checkpoints, (one) => one.step <= step) - 1],
  };
}

/** How many of a sorted list fit, all that do standing first. */
function countWhere<T>(sorted: readonly T[], fits: (one: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && fits(one)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Brings an emulator to a step of the track, however far away: the newest wish counts, each jump is bounded. */
export type ScreenView = { show(step: number): void; readonly settled: Promise<void>; stop(): void };

export function createScreenView(
  track: ScreenTrack,
  emulator: Emulator,
  each: (step: number, characters: number) => void = () => {},
): ScreenView {
  let wanted = 0;
  let shown = 0;
  let stopped = false;
  let moving = false;
  let settled = Promise.resolve();
  const written = (text: string) => new Promise<void>((resolve) => emulator.write(text, resolve));
  const jump = async ({ step, columns, rows, screen }: Checkpoint) => {
    emulator.reset();
    emulator.resize(columns, rows);
    await written(screen);
    shown = step;
  };
  const run = async () => {
    while (!stopped && shown !== wanted) {
      const from = track.nearest(wanted);
      if (from !== undefined && (wanted < shown || from.step > shown)) await jump(from);
      else if (wanted < shown) await jump({ step: 0, ...firstSize(track), screen: "" });
      else await advance(wanted);
    }
    moving = false;
  };
  /** As many texts at once as stand together, so that a page is drawn once. */
  const advance = async (until: number) => {
    let text = "";
    let next = shown;
    for (; next < until && text.length < checkpointCharacters; next++) {
      const step = track.step(next);
      if (step === undefined) continue;
      if ("text" in step) text += step.text;
      else if (text !== "") break;
      else emulator.resize(step.columns, step.rows);
    }
    if (text !== "") await written(text);
    shown = next;
    each(shown, text.length);
  };
  return {
    show(step) {
      wanted = Math.min(step, track.length);
      if (moving) return;
      moving = true;
      settled = run();
    },
    get settled() {
      return settled;
    },
    stop: () => void (stopped = true),
  };
}

const firstSize = (track: ScreenTrack) => {
  const first = track.step(0);
  return first !== undefined && "columns" in first ? first : { columns: 80, rows: 24 };
};

/** An emulator that can say what stands on it, and how large it is. */
export type Readable = Emulator & { read(): { columns: number; rows: number; screen: string } };

/** Goes along a track as it grows and leaves checkpoints, so that every later jump begins near its end. */
export function createCheckpoints(
  track: ScreenTrack,
  emulator: Readable,
): Pick<ScreenView, "settled" | "stop"> & { grown(length: number): void } {
  let since = 0;
  const view = createScreenView(track, emulator, (step, characters) => {
    since += characters;
    if (since < checkpointCharacters) return;
    since = 0;
    track.mark({ step, ...emulator.read() });
  });
  return {
    grown: view.show,
    get settled() {
      return view.settled;
    },
    stop: view.stop,
  };
}
