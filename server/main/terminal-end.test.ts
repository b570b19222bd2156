import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { CommandId } from "../../shared/ids.ts";
import { TargetInput } from "../../shared/nouns/target.ts";
import type { Recordable } from "../journal/recordable.ts";
import { freshDatabase } from "../db/testing.ts";
import { temporaryFolder } from "../journal/testing.ts";
import { startSshd, type Sshd } from "../protocols/ssh/testing/sshd.ts";
import { auditor, engineer, openGateway, reviewer, someone, type TestGateway } from "./testing.ts";
import { engineersAtHosts } from "./testing-host.ts";

/** Everything that somebody has at a host ends with the right to it: here, and where another gateway takes it away. */
const policies = `${engineersAtHosts}@id("raw") permit (principal in Group::"engineers", action == Action::"shell.raw", resource in Tag::"terminal=raw");
`;
const nobodyEnters = `${policies}
@id("nobody-in") forbid (principal in Group::"engineers", action == Action::"session.open", resource);`;
const size = { columns: 100, rows: 30 };
const administrator = someone("jonas", ["administrators"], ["administrator"]);

let sshd: Sshd;
let store: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** Where terminals live, and where things are taken away. */
let here: TestGateway;
let there: TestGateway;
let round = 0;
/** Aborted where a test took too long: what it waits for is no other test's. */
let over: AbortSignal;

const putTarget = (name: string, tags: Record<string, string>, disabled = false) =>
  there.targets.put(name, TargetInput.parse({ ...sshd.asTarget, tags, disabled }), { managed: false });
const putPolicies = (text: string) => there.policies.put(text, { by: "test", comment: "", managed: false });

beforeAll(async () => {
  [sshd, store] = await Promise.all([startSshd(), freshDatabase({ migrate: true })]);
  folder = await temporaryFolder();
  here = await openGateway(store.url, folder.path);
  there = await openGateway(store.url, folder.path);
});
beforeEach(async ({ signal }) => {
  over = signal;
  round++;
  await putPolicies(policies);
  await putTarget("host", { env: "prod" });
  await putTarget("legacy", { terminal: "raw" });
  await until(
    async () => [...(await here.blocks.list(true)), ...(await there.blocks.list(true))].length === 0,
  );
  await Promise.all([here.policies.current(true), here.targets.list(true)]);
});
afterEach(async () => {
  for (const { id } of await here.sessions.list(engineer)) await here.gate.end(id, engineer);
  await store.database.pool.query("delete from actor_blocks");
});
afterAll(async () => {
  await here.stop();
  await there.stop();
  await Promise.all([sshd.stop(), store.drop(), folder.remove()]);
});

/** Asks until it is so, with both gateways sweeping as they do every second. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) {
    over.throwIfAborted();
    await Promise.all([here.gate.sweep(), there.gate.sweep()]);
    await sleep(20);
  }
}
const processes = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
/** What stands in a process's file; nothing where it is gone. */
const about = (pid: number, file: "cmdline" | "stat"): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
};
/** Programs that were started with a word. */
const running = (word: string): number =>
  processes().filter((pid) => about(pid, "cmdline").split("\0").includes(word)).length;
/** Connections to the host, each a process of its server. */
function connections(): number {
  const server = processes().find((pid) =>
    about(pid, "cmdline").split("\0").includes(join(sshd.folder, "sshd_config")),
  );
  return processes().filter((pid) => Number(/\) \S (\d+)/.exec(about(pid, "stat"))?.[1]) === server).length;
}

async function openTerminal(target: string, raw = false) {
  const session = await here.gate.open(engineer, target, "to be ended");
  const events: Recordable[] = [];
  here.gate.join(session.id, { show: ({ event }) => void events.push(event) });
  const terminal = await here.gate.terminal(session.id, engineer, size, raw);
  const text = () => events.flatMap((event) => (event.type === "screen" ? [event.text] : [])).join("");
  return { session, events, terminal, text };
}
const stateOf = async (id: CommandId) => (await here.journal.commands.get(id))?.command.state;

/** A word that a program of this round is started with: `sleep` takes any number. */
const wordOf = (what: number) => `98${process.pid}${round}.${what}`;

/** Programs in a governed and a raw terminal, one that was sent by itself, and a line that waits for people. */
async function work() {
  const [typed, raw, held] = [
    await openTerminal("host"),
    await openTerminal("legacy", true),
    await openTerminal("host"),
  ];
  await typed.terminal.keys(`sleep ${wordOf(1)}\r`, engineer);
  await raw.terminal.keys(`sleep ${wordOf(2)}; touch ${sshd.folder}/after-${round}\r`, engineer);
  await held.terminal.keys(`touch ${sshd.folder}/held-${round}\r`, engineer);
  const sent = await here.gate.open(engineer, "host", "to be ended");
  const { id, settled } = await here.gate.submit({
    actor: engineer,
    session: sent.id,
    input: { command: `sleep ${wordOf(3)}`, stdin: "", timeoutSeconds: 3600 },
  });
  settled.catch(() => undefined);
  await until(() => [1, 2, 3].every((what) => running(wordOf(what)) > 0));
  await until(() => held.events.some(({ type }) => type === "held"));
  return { sessions: [typed.session, raw.session, held.session, sent], held, sent: id };
}

/** Waits until nothing of it is left, and tells why its sessions were closed. */
async function endOf({ sessions, held, sent }: Awaited<ReturnType<typeof work>>): Promise<string[]> {
  await until(() => [1, 2, 3].every((what) => running(wordOf(what)) === 0));
  const closed = new Set<string>();
  for (const { id } of sessions) {
    await until(async () => (await here.sessions.get(id, engineer)).state === "closed");
    closed.add((await here.sessions.get(id, engineer)).closedBecause ?? "");
    await expect(here.gate.terminal(id, engineer, size)).rejects.toMatchObject({ code: "session_closed" });
  }
  await until(async () => (await stateOf(sent)) !== "running");
  const waiting = held.events.find((event) => event.type === "held");
  if (waiting === undefined) throw new Error("it was held");
  await until(async () => (await here.approvals.get(waiting.review)).state === "withdrawn");
  for (const name of ["after", "held"]) expect(existsSync(join(sshd.folder, `${name}-${round}`))).toBe(false);
  return [...closed];
}

describe("every program at the host ends, typed, raw and sent, and what is held runs no more", () => {
  test("where an auditor kills the sessions at another gateway", async () => {
    const begun = await work();
    for (const { id } of begun.sessions) await there.gate.end(id, auditor);
    expect(await endOf(begun)).toEqual(["killed"]);
  }, 120_000);

  test("where the access is taken back", async () => {
    const begun = await work();
    await there.gate.revoke(engineer.id, "left", administrator);
    expect(await endOf(begun)).toEqual(["revoked"]);
  }, 120_000);

  test("where the targets are disabled", async () => {
    const begun = await work();
    await putTarget("host", { env: "prod" }, true);
    await putTarget("legacy", { terminal: "raw" }, true);
    expect(await endOf(begun)).toEqual(["target"]);
  }, 120_000);

  test("where policy lets nobody in any more", async () => {
    const begun = await work();
    await putPolicies(nobodyEnters);
    expect(await endOf(begun)).toEqual(["policy"]);
  }, 120_000);

  test("where the last token has ended", async () => {
    const begun = await work();
    await store.database.pool.query(
      `update sessions set token_expires_at = '2026-01-01',
       actor_claims = actor_claims || '{"tokenExpiresAt": "2026-01-01T00:00:00.000Z"}'`,
    );
    expect(await endOf(begun)).toEqual(["token"]);
  }, 120_000);
});

test("a gateway that stops leaves nothing at the host, says how all of it ended, and leaves the sessions open", async () => {
  const stays = here;
  here = await openGateway(store.url, folder.path);
  const { errors } = here;
  let begun: Awaited<ReturnType<typeof work>>;
  try {
    begun = await work();
    await here.stop();
    await expect(here.gate.terminal(begun.held.session.id, engineer, size)).rejects.toMatchObject({
      code: "draining",
    });
  } finally {
    here = stays;
  }
  expect(errors).toEqual([]);
  await until(() => [1, 2, 3].every((what) => running(wordOf(what)) === 0));
  await until(() => connections() === 0);
  for (const { id } of begun.sessions) {
    const ended = (await here.journal.commands.list(id)).map(({ command }) => command.state);
    // The shell that would have run what was held is gone.
    const ends = id === begun.held.session.id ? ["withdrawn"] : ["cancelled", "unknown"];
    expect(ends).toContain(ended[0]);
    expect(ended).toHaveLength(1);
  }
  for (const { id } of begun.sessions)
    expect(await here.sessions.get(id, engineer)).toMatchObject({ state: "open" });
  // Where its owner comes back to, at whichever gateway.
  const again = await here.gate.terminal(begun.held.session.id, engineer, size);
  expect(again.mode).toBe("governed");
  for (const name of ["after", "held"]) expect(existsSync(join(sshd.folder, `${name}-${round}`))).toBe(false);
}, 120_000);

test("a shell that is lost with its session does not say that it was lost", async () => {
  const closing = vi.spyOn(here.sessions, "close");
  const { session } = await openTerminal("host");
  await here.gate.end(session.id, auditor);
  await until(() => connections() === 0);
  const { terminal } = await openTerminal("host");
  await terminal.keys("exit\r", engineer);
  // Told of a shell that ended by itself, and later than of that one.
  await until(() => closing.mock.calls.length > 0);
  expect(closing.mock.calls.filter(([id]) => id === session.id)).toEqual([]);
  closing.mockRestore();
});

describe("a raw terminal ends where policy would not open it any more", () => {
  const begin = async () => {
    const raw = await openTerminal("legacy", true);
    await raw.terminal.keys(`sleep ${wordOf(1)}\r`, engineer);
    await until(() => running(wordOf(1)) > 0);
    return raw;
  };
  /** How its command ended. */
  const endOfRaw = async ({ session, events }: Awaited<ReturnType<typeof openTerminal>>) => {
    await until(() => running(wordOf(1)) === 0);
    await until(() => events.some(({ type }) => type === "outcome"));
    await until(async () => (await here.sessions.get(session.id, engineer)).state === "closed");
    return events.flatMap((event) => (event.type === "outcome" ? [event.state] : []));
  };

  test("for its policy is gone", async () => {
    const raw = await begin();
    await putPolicies(policies.replace(/^@id\("raw"\).*$/m, ""));
    expect(await endOfRaw(raw)).toEqual(["cancelled"]);
  }, 60_000);

  test("for its owner's next token names another group", async () => {
    const enter = `@id("enter-too") permit (principal in Group::"movers", action == Action::"session.open", resource);`;
    await putPolicies(`${policies}${enter}`);
    const raw = await begin();
    const tokenExpiresAt = new Date(Date.parse(engineer.tokenExpiresAt) + 1_000).toISOString();
    await there.sessions.renew({ ...engineer, groups: ["movers"], tokenExpiresAt });
    expect(await endOfRaw(raw)).toEqual(["cancelled"]);
    const why = raw.events.flatMap((event) => (event.type === "outcome" ? [event.refusal?.detail] : []));
    expect(why.join()).toContain("It was stopped: your rights have changed.");
  }, 60_000);

  test("for its target has lost the tag", async () => {
    const raw = await begin();
    await putTarget("legacy", { env: "prod" });
    expect(await endOfRaw(raw)).toEqual(["cancelled"]);
  }, 60_000);
});

test("an approval and a kill at the same moment: it ran once and says so, or not at all", async () => {
  for (let n = 0; n < 4; n++) {
    const { terminal, events, session } = await openTerminal("host");
    const file = join(sshd.folder, `race-${round}-${n}`);
    await terminal.keys(`echo ran >> ${file}\r`, engineer);
    await until(() => events.some(({ type }) => type === "held"));
    const held = events.find((event) => event.type === "held");
    if (held === undefined) throw new Error("it was held");
    const { id, sha256 } = await here.approvals.get(held.review);
    const vote = () =>
      there.gate.vote(id, reviewer, { verdict: "approve", sha256, comment: "" }).catch(() => undefined);
    const kill = () => (n % 4 < 2 ? here : there).gate.end(session.id, n % 4 < 2 ? engineer : auditor);
    if (n % 2 === 0) await Promise.all([vote(), kill()]);
    else {
      const voted = vote();
      await sleep(n * 5);
      await Promise.all([voted, kill()]);
    }
    await until(async () => !["held", "running"].includes((await stateOf(held.command)) ?? "held"));
    const state = (await stateOf(held.command)) ?? "";
    const ran = existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
    expect(ran).toBeLessThanOrEqual(1);
    // What was stopped may have done it before.
    if (ran === 1) expect(["completed", "cancelled", "unknown"]).toContain(state);
    if (state === "completed") expect(ran).toBe(1);
  }
});

test("a session that ends while its terminal opens leaves nothing at the host, whenever that is", async () => {
  await until(() => connections() === 0);
  for (const ms of [0, 20, 50, 100, 200, 400]) {
    const session = await here.gate.open(engineer, "host", "abandoned");
    const opening = here.gate.terminal(session.id, engineer, size).catch((error: unknown) => {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(cancelled|session_closed)$/) });
    });
    await sleep(ms);
    await there.gate.end(session.id, auditor);
    await opening;
    await until(async () => (await here.sessions.get(session.id, engineer)).state === "closed");
    await expect(here.gate.terminal(session.id, engineer, size)).rejects.toMatchObject({
      code: "session_closed",
    });
  }
  await until(() => connections() === 0);
});

test("a raw terminal that nobody types in ends as any idle session does, whatever runs in it", async () => {
  // Time enough to open it and to type, also on a busy machine.
  const settings = { SLUICE_SESSION_IDLE_MS: "5000" };
  const brief = await openGateway(store.url, folder.path, { settings });
  const session = await brief.gate.open(engineer, "legacy", "left alone");
  const terminal = await brief.gate.terminal(session.id, engineer, size, true);
  await terminal.keys(`sleep ${wordOf(1)}\r`, engineer);
  await until(async () => {
    await brief.gate.sweep();
    return (await here.sessions.get(session.id, engineer)).state === "closed";
  });
  expect((await here.sessions.get(session.id, engineer)).closedBecause).toBe("idle");
  await until(() => running(wordOf(1)) === 0);
  await brief.stop();
});
