/** How long a person waits in a terminal, measured where they sit. In milliseconds. */
export type Latency = { echoMs?: number | undefined; verdictMs?: number | undefined };

/** An answer that comes later is to something else. */
const forgetMs = 5_000;
/** How much of the last measurement goes into what is shown. */
const weight = 0.4;

/** From a key to what the host prints for it, and from Enter to the gate's verdict. */
export type LatencyMeter = {
  typed(keys: string): void;
  printed(): void;
  judged(): void;
  readonly latency: Latency;
};

export function createLatencyMeter(now: () => number): LatencyMeter {
  let keyAt: number | undefined;
  let enterAt: number | undefined;
  let latency: Latency = {};
  const since = (at: number | undefined): number | undefined => {
    const took = at === undefined ? Infinity : now() - at;
    return took > forgetMs ? undefined : took;
  };
  return {
    typed(keys) {
      if (keys.endsWith("\r")) {
        enterAt = now();
        keyAt = undefined;
      } else if (/^[\u0020-\u007e]$/u.test(keys)) keyAt ??= now();
    },
    printed() {
      const took = since(keyAt);
      keyAt = undefined;
      if (took !== undefined) latency = { ...latency, echoMs: smooth(latency.echoMs, took) };
    },
    judged() {
      const took = since(enterAt);
      enterAt = undefined;
      if (took !== undefined) latency = { ...latency, verdictMs: took };
    },
    get latency() {
      return latency;
    },
  };
}

const smooth = (before: number | undefined, took: number): number =>
  before === undefined ? took : before + (took - before) * weight;
