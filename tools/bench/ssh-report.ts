import { round, table, type Aim } from "./print.ts";
import type { SshCost } from "./ssh.ts";

const megabyte = 1_000_000;
const mebibyte = 1024 * 1024;

/** Holds the figures of hosts against their aims. */
export function sshAimsOf({ flows, typing, idle }: SshCost): Aim[] {
  const atMost = (what: string, limit: number, unit: string, figure: number): Aim => ({
    ...{ what, aim: `<= ${limit} ${unit}`, figure: `${round(figure)} ${unit}`, met: figure <= limit },
  });
  const { echo, watched, verdict, interrupt } = typing;
  return [
    ...flows.map(({ how, ofSsh }) => ({
      what: `100 MB through ${how}, beside OpenSSH's client`,
      aim: ">= 0.8 of ssh",
      figure: `${round(ofSsh)} of ssh`,
      met: ofSsh >= 0.8,
    })),
    atMost("Added to a key's echo, p99", 10, "ms", echo.gateway.p99 - echo.direct.p99),
    atMost("Key -> seen by whoever watches live, p99", 300, "ms", watched.p99),
    atMost("Enter -> seen to run, p99", 15, "ms", verdict.p99),
    atMost("Ctrl-C during yes -> seen to have ended, p99", 100, "ms", interrupt.p99),
    atMost(`Memory of each of ${idle.terminals} idle terminals`, 1_024, "KB", idle.bytesEach / 1024),
  ];
}

/** The figures of hosts as people read them. */
export function printSsh({ flows, typing, idle }: SshCost): string {
  const { echo, watched, printed, verdict, gate, interrupt } = typing;
  const of = ({ p50, p99 }: { p50: number; p99: number }) => [round(p50), round(p99)];
  return [
    table([
      ["100 MB by", "ssh MB/s", "gateway MB/s", "of ssh", "gateway CPU s"],
      ...flows.map((one) => [
        one.how,
        round(one.ssh / megabyte),
        round(one.gateway / megabyte),
        round(one.ofSsh),
        round(one.cpu),
      ]),
    ]),
    "",
    table([
      ["terminal", "path", "p50 ms", "p99 ms"],
      ["key -> echo", "direct", ...of(echo.direct)],
      ["key -> echo", "gateway", ...of(echo.gateway)],
      ["key -> seen by a watcher", "gateway", ...of(watched)],
      ["Enter -> printed", "direct", ...of(printed.direct)],
      ["Enter -> printed", "gateway", ...of(printed.gateway)],
      ["Enter -> seen to run", "gateway", ...of(verdict)],
      ["of that, the gate", "gateway", ...of(gate)],
      ["Ctrl-C in a flood -> ended", "gateway", ...of(interrupt)],
    ]),
    "",
    `An idle terminal: ${round(idle.bytesEach / mebibyte)} MB of the gateway's memory, of ${idle.terminals}.`,
  ].join("\n");
}
