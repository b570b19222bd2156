import type { Gateway } from "./gateway.ts";
import { measureFlow, type FlowCost } from "./ssh-flow.ts";
import { startHost } from "./ssh-host.ts";
import { measureIdleTerminals, type IdleTerminals } from "./ssh-idle.ts";
import { measureTyping, type TypingCost, type TypingSamples } from "./ssh-typing.ts";

/** What terminals and commands on a host cost. */
export type SshCost = { flows: FlowCost[]; typing: TypingCost; idle: IdleTerminals };

/** `lines`: of the log, which is printed twice in each round. */
type SshEffort = { lines: number; rounds: number; typing: TypingSamples; terminals: number };
const efforts: Record<"full" | "quick", SshEffort> = {
  full: { lines: 500_000, rounds: 5, typing: { keys: 1_000, lines: 200, interrupts: 20 }, terminals: 500 },
  quick: { lines: 50_000, rounds: 2, typing: { keys: 200, lines: 30, interrupts: 5 }, terminals: 50 },
};

/** A real sshd of the bench's own, beside OpenSSH's client and ssh2's on the same one. */
export async function measureSsh(
  gateway: Gateway,
  effort: keyof typeof efforts,
  log: (line: string) => void,
): Promise<SshCost> {
  const { lines, rounds, typing, terminals } = efforts[effort];
  log(`A host with a log of ${lines} lines`);
  const host = await startHost(gateway, lines);
  try {
    log("keys, verdicts, Ctrl-C");
    const typed = await measureTyping(gateway, host, typing);
    log("its log by exec and in a terminal");
    const flows = [
      await measureFlow(gateway, host, "exec", rounds),
      await measureFlow(gateway, host, "pty", rounds),
    ];
    log(`${terminals} idle terminals`);
    return { typing: typed, flows, idle: await measureIdleTerminals(gateway, host, terminals) };
  } finally {
    await host.stop();
  }
}
