import type { Entry } from "../../shared/nouns/entry.ts";
import { LedgerLine } from "../../shared/recording/ledger-file.ts";
import { verifyFile, type Verdict } from "../../shared/recording/verify.ts";
import type { Acknowledged, Log } from "./clients.ts";

/** One promise, and where it was broken. */
export type Finding = { promise: string; held: number; broken: string[] };

/** What is there when all is quiet again. */
export type Remains = {
  log: Log;
  /** At the target: how often each row was written, where that is not never. */
  ran: ReadonlyMap<number, number>;
  /** The ledger as an auditor exports it. */
  ledger: readonly Entry[];
  verdict: Verdict;
  recordings: readonly { session: string; verdict: Verdict }[];
  /** Gateways that ended by themselves. */
  lost: number;
};

const without = new Set(["failed", "cancelled", "blocked", "rejected", "expired", "withdrawn"]);
const ends = new Set([
  "command.outcome",
  "command.blocked",
  "review.decided",
  "review.expired",
  "review.withdrawn",
]);

/** Compares what clients were told, what the target holds and what the ledger says. */
export function check({ log, ran, ledger, verdict, recordings, lost }: Remains): Finding[] {
  const findings: Finding[] = [];
  const promise = <T>(words: string, all: readonly T[], broken: (one: T) => string | undefined) => {
    const found = all.map(broken).filter((one) => one !== undefined);
    findings.push({ promise: words, held: all.length - found.length, broken: found });
  };
  const last = new Map<number, Acknowledged>();
  const ids = new Map<number, Set<string>>();
  for (const told of log.acknowledged) {
    last.set(told.row, told);
    ids.set(told.row, (ids.get(told.row) ?? new Set()).add(told.command));
  }
  const rowOf = new Map<string, number>();
  const intents = new Map<number, number>();
  const states = new Map<string, string>();
  for (const { kind, command, body } of ledger) {
    // Retention may have removed a body.
    if (command === null || body === null) continue;
    const [row] = Array.isArray(body["parameters"]) ? (body["parameters"] as unknown[]) : [];
    if (typeof row === "number") rowOf.set(command, row);
    const of = rowOf.get(command);
    if (kind === "command.intent" && of !== undefined) intents.set(of, (intents.get(of) ?? 0) + 1);
    if (ends.has(kind) && body["state"] !== "approved")
      states.set(command, typeof body["state"] === "string" ? body["state"] : "blocked");
  }
  const runs = (row: number) => ran.get(row) ?? 0;
  const told = [...last.values()];

  promise(
    "nothing acknowledged as completed is lost",
    told.filter(({ state }) => state === "completed"),
    (one) => (runs(one.row) === 1 ? undefined : `row ${one.row} ran ${runs(one.row)} times: ${one.command}`),
  );
  promise(
    "what was acknowledged as refused or failed had no effect",
    told.filter(({ state }) => without.has(state)),
    (one) => (runs(one.row) === 0 ? undefined : `row ${one.row} is ${one.state} and ran: ${one.command}`),
  );
  promise("nothing ran twice", [...ran], ([row, times]) =>
    times <= 1 ? undefined : `row ${row} ran ${times} times`,
  );
  promise("nothing ran without an intent", [...ran.keys()], (row) =>
    intents.get(row) === 1 ? undefined : `row ${row} has ${intents.get(row) ?? 0} intents`,
  );
  promise(
    "every intent has its outcome",
    [...rowOf.keys()].filter((id) => intents.has(rowOf.get(id) ?? -1)),
    (id) => (states.has(id) ? undefined : `${id} has no outcome`),
  );
  promise(
    "the ledger says what clients were told",
    told.filter(({ state }) => state !== "held" && state !== "running"),
    (one) =>
      states.get(one.command) === one.state
        ? undefined
        : `${one.command} is ${one.state}, in the ledger ${states.get(one.command)}`,
  );
  promise(
    "what was held came to an end",
    told.filter(({ state, command }) => state === "held" || (state === "running" && rowOf.has(command))),
    (one) => (states.has(one.command) ? undefined : `${one.command} is still ${one.state}`),
  );
  // One that was accepted, and came to nothing before it began, has no entry; the next request with its key is the first.
  const begun = [...ids].map(([row, all]) => [row, new Set([...all].filter((id) => rowOf.has(id)))] as const);
  promise("one key is one command", begun, ([row, commands]) =>
    commands.size <= 1 ? undefined : `row ${row} became ${[...commands].join(", ")}`,
  );
  promise("the ledger's chain verifies", [verdict], (one) =>
    one.ok ? undefined : `line ${one.line}: ${one.why}`,
  );
  promise("every recording verifies", recordings, ({ session, verdict: one }) =>
    one.ok ? undefined : `${session}, line ${one.line}: ${one.why}`,
  );
  promise("no gateway ended by itself", [lost], (times) => (times === 0 ? undefined : `${times} did`));
  promise("no client got an answer that it should not", [log.odd], (odd) =>
    odd.length === 0 ? undefined : odd.slice(0, 5).join("; "),
  );
  return findings;
}

/** Verifies a ledger's export and gives its entries. */
export async function readLedger(file: string): Promise<{ ledger: Entry[]; verdict: Verdict }> {
  const ledger = file.split("\n").flatMap((line): Entry[] => {
    const parsed = line === "" ? undefined : LedgerLine.parse(JSON.parse(line));
    return parsed !== undefined && "entry" in parsed ? [parsed.entry] : [];
  });
  return { ledger, verdict: await verifyText(file) };
}

export const verifyText = (file: string): Promise<Verdict> =>
  verifyFile(
    (async function* () {
      yield Buffer.from(file);
    })(),
  );
