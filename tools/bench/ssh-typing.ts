import { setTimeout as sleep } from "node:timers/promises";
import type { RecordingEvent } from "../../shared/recording/format.ts";
import type { Gateway } from "./gateway.ts";
import { quantile } from "./measure.ts";
import { deskAt, deskThrough, deskWatching, prompt, type Desk } from "./ssh-desk.ts";
import type { Host } from "./ssh-host.ts";
import { openHostSocket } from "./ssh-socket.ts";

type Times = { p50: number; p99: number };
type Beside = { direct: Times; gateway: Times };

/** What whoever types waits for, in milliseconds; beside a terminal of ssh2's on the same host. */
export type TypingCost = {
  /** From a key to its echo. */
  echo: Beside;
  /** From a key to when an auditor who watches the session live sees its echo. */
  watched: Times;
  /** From Enter to the first that the line prints. */
  printed: Beside;
  /** From Enter to when it is seen that the line runs. */
  verdict: Times;
  /** Of that, in the gateway: facts, decision, permit and durable intent. */
  gate: Times;
  /** From Ctrl-C, while `yes` floods the screen, to when its end is seen. */
  interrupt: Times;
};

export type TypingSamples = { keys: number; lines: number; interrupts: number };

const words = "systemctl status nginx; tail -n ";
const takeBack = "\u0015";
const interrupt = "\u0003";
/** How long `yes` floods before it is interrupted. */
const floodMs = 500;

export async function measureTyping(
  gateway: Gateway,
  host: Host,
  samples: TypingSamples,
): Promise<TypingCost> {
  const socket = await openHostSocket(gateway, await gateway.token("demo-engineer"), host.target);
  const client = await host.connect();
  let watch = (_event: RecordingEvent) => {};
  const desks = {
    direct: await deskAt(client),
    gateway: await deskThrough(socket, (event) => watch(event)),
  };
  const paths = ["direct", "gateway"] as const;
  const none = (): Record<(typeof paths)[number], number[]> => ({ direct: [], gateway: [] });
  const [echo, printed] = [none(), none()];
  const [watched, verdict, gate, interrupted]: [number[], number[], number[], number[]] = [[], [], [], []];
  try {
    // What happens once is no key's cost.
    for (const path of paths) await enter(desks[path], -1);

    for (let keys = 0; keys < samples.keys; keys += words.length)
      for (const path of paths) echo[path].push(...(await echoes(desks[path])));

    const auditor = await gateway.token("demo-auditor");
    const watcher = await deskWatching(gateway, auditor, socket.session);
    for (let keys = 0; keys < samples.keys; keys += words.length)
      watched.push(...(await echoes(desks.gateway, watcher.desk)));
    watcher.leave();

    watch = (event) => {
      if (event.type === "outcome") gate.push(event.timing?.gateMs ?? Number.NaN);
    };
    for (let line = 0; line < samples.lines; line++) {
      printed.direct.push((await enter(desks.direct, line)).printed);
      const runs = socket.next((event) => {
        const isRunning = event.type === "state" && event.state === "running";
        return isRunning ? performance.now() : undefined;
      });
      const one = await enter(desks.gateway, line);
      printed.gateway.push(one.printed);
      verdict.push((await runs) - one.entered);
    }

    for (let time = 0; time < samples.interrupts; time++) {
      await desks.gateway.prepare("yes");
      desks.gateway.type("\r");
      await desks.gateway.reads("y\r\ny");
      await sleep(floodMs);
      const ended = socket.next((event) => (event.type === "outcome" ? performance.now() : undefined));
      const started = performance.now();
      desks.gateway.type(interrupt);
      interrupted.push((await ended) - started);
      await desks.gateway.reads(prompt);
    }
  } finally {
    client.end();
    await socket.close();
  }
  return {
    echo: { direct: times(echo.direct), gateway: times(echo.gateway) },
    watched: times(watched),
    printed: { direct: times(printed.direct), gateway: times(printed.gateway) },
    verdict: times(verdict),
    gate: times(gate),
    interrupt: times(interrupted),
  };
}

const times = (all: readonly number[]): Times => ({ p50: quantile(all, 0.5), p99: quantile(all, 0.99) });

/** One key after the other, each once the one before it was echoed; `reader`: where that is looked for. */
async function echoes(desk: Desk, reader = desk): Promise<number[]> {
  const all: number[] = [];
  await desk.prepare(takeBack);
  for (const key of words) {
    const started = performance.now();
    reader.forget();
    desk.type(key);
    await reader.reads(key);
    all.push(performance.now() - started);
  }
  desk.type(takeBack);
  return all;
}

/** Enters a line whose output differs from what was typed, and waits for the next prompt. */
async function enter(desk: Desk, n: number): Promise<{ entered: number; printed: number }> {
  await desk.prepare(`${takeBack}echo the sum is $((${n}+1000))`);
  const entered = performance.now();
  desk.type("\r");
  await desk.reads(`is ${n + 1000}`);
  const printed = performance.now() - entered;
  await desk.reads(prompt);
  return { entered, printed };
}
