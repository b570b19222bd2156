import type { Gateway } from "./gateway.ts";
import { median } from "./measure.ts";
import type { Host } from "./ssh-host.ts";
import { openHostSocket, outcomeIn } from "./ssh-socket.ts";

/** Bytes per second of a program's output, each the median of its rounds. */
export type FlowCost = {
  how: "exec" | "pty";
  bytes: number;
  ssh: number;
  gateway: number;
  /** Of each round, what came through the gateway of what OpenSSH's own client gave next to it; the median. */
  ofSsh: number;
  /** Seconds of the gateway's processor time for each 100 MB. */
  cpu: number;
};

/** One command's output is bounded to 64 MiB: two commands make the 100 MB. */
const commands = 2;

/** Prints the log through the gateway and through `ssh`, in turns. A missing line ends the run. */
export async function measureFlow(
  gateway: Gateway,
  host: Host,
  how: FlowCost["how"],
  rounds: number,
): Promise<FlowCost> {
  const socket = await openHostSocket(gateway, await gateway.token("demo-engineer"), host.target);
  const command = `cat ${host.log.path}`;
  const bytes = commands * host.log.bytes;
  let lines = 0;
  socket.onEvent((event) => {
    if (event.type !== "bytes" && event.type !== "screen") return;
    for (let at = event.text.indexOf("\n"); at >= 0; at = event.text.indexOf("\n", at + 1)) lines++;
  });
  const through = {
    async ssh() {
      for (let n = 0; n < commands; n++)
        if ((await host.ssh(command, how)) < host.log.bytes) throw new Error("ssh lost something");
    },
    async gateway() {
      for (let n = 0; n < commands; n++) {
        lines = 0;
        const over = socket.next(outcomeIn);
        if (how === "pty") socket.keys(`${command}\r`);
        else socket.run(command);
        await over;
        if (lines < host.log.lines) throw new Error(`${lines} of ${host.log.lines} lines came`);
      }
    },
  };
  if (how === "pty") await socket.terminal();
  const perSecond: Record<keyof typeof through, number[]> = { ssh: [], gateway: [] };
  const cpu: number[] = [];
  for (let round = 0; round < rounds; round++)
    for (const path of ["ssh", "gateway"] as const) {
      const spentBefore = await gateway.metric("cpu_seconds_total");
      const started = performance.now();
      await through[path]();
      perSecond[path].push((1_000 * bytes) / (performance.now() - started));
      if (path === "gateway") cpu.push((await gateway.metric("cpu_seconds_total")) - spentBefore);
    }
  await socket.close();
  return {
    ...{ how, bytes, ssh: median(perSecond.ssh), gateway: median(perSecond.gateway) },
    ofSsh: median(perSecond.gateway.map((through, round) => through / (perSecond.ssh[round] ?? Number.NaN))),
    cpu: (median(cpu) * 1e8) / bytes,
  };
}
