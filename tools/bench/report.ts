import { idleSessions } from "./idle.ts";
import type { JournalCost } from "./journal.ts";
import type { Measured } from "./measure.ts";
import { printAims, round, table, type Aim } from "./print.ts";
import type { ReviewCost } from "./reviews.ts";
import { printSsh, sshAimsOf } from "./ssh-report.ts";
import type { SshCost } from "./ssh.ts";
import type { UnderstandingCost } from "./understanding.ts";

/** What one run found. Times in milliseconds, memory in bytes. */
export type Report = {
  at: string;
  machine: { node: string; postgres: string; cores: number; cpu: string; load: number[] };
  quick: boolean;
  cases: Measured[];
  memory: { mode: string; path: string; growthBytes: number }[];
  /** One durable commit of one row. */
  commit: { p50: number; p99: number };
  understanding: UnderstandingCost[];
  journal: JournalCost;
  reviews: ReviewCost;
  ssh: SshCost;
  /** Growth of resident memory for each session that is open and does nothing. */
  idleBytes: number;
};

const mebibyte = 1024 * 1024;

/** Holds a report against the aims. Every path and mode has to meet them; none is left out. */
export function aimsOf({ cases, memory, understanding, reviews, ssh, idleBytes }: Report): Aim[] {
  const aims: Aim[] = [];
  const atMost = (what: string, limit: number, unit: string, figure: number) =>
    aims.push({ what, aim: `<= ${limit} ${unit}`, figure: `${round(figure)} ${unit}`, met: figure <= limit });
  const atLeast = (what: string, limit: number, unit: string, figure: number) =>
    aims.push({ what, aim: `>= ${limit} ${unit}`, figure: `${round(figure)} ${unit}`, met: figure >= limit });
  for (const one of cases) {
    const direct = directOf(cases, one);
    if (one.path === "direct" || !direct) continue;
    const what = `${one.mode}, ${one.path}`;
    if (one.shape === "point" && one.clients === 1) {
      atMost(`Added to a point query, p50 (${what})`, 2, "ms", one.p50 - direct.p50);
      atMost(`Added to a point query, p99 (${what})`, 6, "ms", one.p99 - direct.p99);
    }
    if (one.shape === "point" && one.clients > 1)
      atLeast(`Commands, ${one.clients} clients (${what})`, 1_500, "/s", one.commandsPerSecond);
    if (one.shape === "stream" && one.clients === 1)
      atLeast(
        `Rows of the stream (${what})`,
        one.mode === "plain" ? 0.5 : 0.35,
        "of direct",
        one.rowsPerSecond / direct.rowsPerSecond,
      );
  }
  for (const { mode, path, growthBytes } of memory)
    atMost(`Growth over a million rows (${mode}, ${path})`, 64, "MB", growthBytes / mebibyte);
  for (const { command, coldMicros, cachedMicros } of understanding) {
    atMost(`Facts, decision, rewriting, cold (${command})`, 1.5, "ms", coldMicros / 1_000);
    atMost(`Facts, decision, rewriting, cached (${command})`, 300, "us", cachedMicros);
  }
  atMost("Review opened -> read by a connected reviewer, p99", 150, "ms", reviews.shown.p99);
  atMost("Approved -> seen to run, p99", 50, "ms", reviews.running.p99);
  atMost(`Memory of each of ${idleSessions} idle sessions`, 64, "KB", idleBytes / 1_024);
  aims.push(...sshAimsOf(ssh));
  return aims;
}

/** The report as people read it. */
export function print(report: Report): string {
  const { machine, cases } = report;
  return [
    `Node ${machine.node}, PostgreSQL ${machine.postgres}, ${machine.cores} cores (${machine.cpu}), load ${machine.load.map(round).join(" ")}`,
    "",
    table([
      [
        "what",
        "columns",
        "clients",
        "path",
        "p50 ms",
        "p99 ms",
        "commands/s",
        "rows/s",
        "of direct",
        "gateway CPU ms",
      ],
      ...cases.map((one) => [
        one.shape,
        one.mode,
        String(one.clients),
        one.path,
        round(one.p50),
        round(one.p99),
        round(one.commandsPerSecond),
        round(one.rowsPerSecond),
        round(one.rowsPerSecond / (directOf(cases, one)?.rowsPerSecond ?? Number.NaN)),
        one.path === "direct" ? "" : round(one.cpu),
      ]),
    ]),
    "",
    `A durable commit here: p50 ${round(report.commit.p50)} ms, p99 ${round(report.commit.p99)} ms; a command takes two.`,
    `Evidence of a command alone: p50 ${round(report.journal.p50)} ms, p99 ${round(report.journal.p99)} ms, ${round(report.journal.cpu)} ms of processor time.`,
    `A review: read after ${round(report.reviews.shown.p50)} ms at the median, p99 ${round(report.reviews.shown.p99)} ms; approved, it runs after ${round(report.reviews.running.p50)} ms, p99 ${round(report.reviews.running.p99)} ms.`,
    "",
    printSsh(report.ssh),
    "",
    printAims(aimsOf(report)),
  ].join("\n");
}

const directOf = (cases: readonly Measured[], of: Measured): Measured | undefined =>
  cases.find(
    ({ shape, mode, clients, path }) =>
      path === "direct" && shape === of.shape && mode === of.mode && clients === of.clients,
  );
