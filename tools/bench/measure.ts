import type { Client, Path } from "./clients.ts";
import { queryOf, type Mode, type Shape } from "./work.ts";

/** One way to ask: what is measured together, in turns. */
export type Case = { shape: Shape; mode: Mode; path: Path; clients: number };

/** What a case took: milliseconds, per second. Each is the median of its rounds. */
export type Figures = {
  p50: number;
  p99: number;
  commandsPerSecond: number;
  rowsPerSecond: number;
  /** Milliseconds of processor time that the gateway spent on a command, on all its threads; 0 for direct. */
  cpu: number;
};
export type Measured = Case & Figures & { rounds: number; commands: number };

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Nearest rank. */
export function quantile(values: readonly number[], of: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * of) - 1)] ?? Number.NaN;
}

/** One round: every client runs its commands one after the other, all clients at once. */
export async function measureRound(
  { shape, mode, path }: Case,
  clients: readonly Client[],
  commandsPerClient: number,
  from: number,
  /** Seconds of processor time that the gateway has spent so far. */
  spent: () => Promise<number>,
): Promise<Figures> {
  const times: number[] = [];
  let rows = 0;
  const spentBefore = path === "direct" ? 0 : await spent();
  const started = performance.now();
  await Promise.all(
    clients.map(async (client, at) => {
      for (let i = 0; i < commandsPerClient; i++) {
        const query = queryOf(shape, mode, from + at * commandsPerClient + i, { of: clients.length, at });
        const asked = performance.now();
        const taken = await client.run(query, shape);
        times.push(performance.now() - asked);
        if (taken !== query.rows)
          throw new Error(`${query.sql}: ${taken} rows came, ${query.rows} were expected`);
        rows += taken;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    commandsPerSecond: times.length / seconds,
    rowsPerSecond: rows / seconds,
    cpu: path === "direct" ? 0 : (1_000 * ((await spent()) - spentBefore)) / times.length,
  };
}

/** Medians over rounds: a neighbour's burst on the machine spoils one round, not the figure. */
export function summarise(of: Case, rounds: readonly Figures[], commandsPerClient: number): Measured {
  const each = (key: keyof Figures) => median(rounds.map((round) => round[key]));
  return {
    ...of,
    p50: each("p50"),
    p99: each("p99"),
    commandsPerSecond: each("commandsPerSecond"),
    rowsPerSecond: each("rowsPerSecond"),
    cpu: each("cpu"),
    rounds: rounds.length,
    commands: rounds.length * commandsPerClient * of.clients,
  };
}
