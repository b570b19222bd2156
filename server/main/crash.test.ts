import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Refusal } from "../../shared/contract/errors.ts";
import { Command, finalStates } from "../../shared/nouns/command.ts";
import { Session } from "../../shared/nouns/session.ts";
import { verifyFile } from "../../shared/recording/verify.ts";
import type { Ask } from "./testing-process.ts";
import { relayTo, through, type Wire } from "./testing-wire.ts";
import { layGround, write, type Ground } from "./testing-ground.ts";
import { addTarget, engineer, openGateway, policies, reviewer, type TestGateway } from "./testing.ts";

/**
 * What a crash may leave. A gateway process is killed before the requests in turn that it sends to its store or to its
 * target, until it comes to the end of its work; each time another gateway takes up what it left, and the client tries
 * again. Whatever happens at whatever point: nothing runs twice, nothing runs without a durable intent, nothing that
 * was acknowledged is lost, and what cannot be known is said to be unknown.
 */
const root = fileURLToPath(new URL("../..", import.meta.url));
/** More requests than any exchange sends. */
const maxPoints = 200;
/** Each process costs seconds: every third request in the tests, every one at night. */
const pointsApart = Number(process.env["SLUICE_CRASH_POINTS_APART"] ?? 3);

let ground: Ground;
let bundle: string;
let target: Wire;
/** Lives through all crashes of the others. */
let survivor: TestGateway;
const processes = new Set<GatewayProcess>();

beforeAll(async () => {
  ground = await layGround();
  target = await relayTo(ground.shop.url);
  survivor = await openGateway(ground.store.url, ground.folder);
  await survivor.policies.put(policies, { by: "test", comment: "", managed: false });
  for (const env of ["open", "prod"] as const)
    await addTarget(survivor, env, { url: through(ground.shop.url, target) });

  // As one file, a process starts in a third of the time.
  mkdirSync(join(root, ".cache"), { recursive: true });
  bundle = mkdtempSync(join(root, ".cache", "crash-"));
  const bundled = await rolldown({
    cwd: root,
    platform: "node",
    input: {
      process: "server/main/testing-process.ts",
      worker: "server/protocols/postgres/parse/worker.js",
    },
    external: (id) => !/^[./]/.test(id) && !id.startsWith(root),
  });
  await bundled.write({ dir: bundle, format: "esm", entryFileNames: "[name].js" });
  await bundled.close();
});
afterAll(async () => {
  for (const { child } of processes) child.kill("SIGKILL");
  await survivor?.stop();
  await target?.close();
  await ground?.remove();
  rmSync(bundle, { recursive: true, force: true });
});

type GatewayProcess = {
  child: ChildProcess;
  store: Wire;
  /** Rejects where the process has died. */
  ask(ask: Ask): Promise<unknown>;
  /** As a crash, and everything that it had sent so far stays sent. */
  kill(): void;
};

const Reply = z.object({ number: z.int(), value: z.unknown().optional(), error: z.string().optional() });

async function startProcess(): Promise<GatewayProcess> {
  const wire = await relayTo(ground.store.url);
  const child = fork(join(bundle, "process.js"), [through(ground.store.url, wire), ground.folder], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map<number, (reply: z.infer<typeof Reply>) => void>();
  child.on("message", (message) => {
    const reply = Reply.parse(message);
    waiting.get(reply.number)?.(reply);
  });
  const died = once(child, "exit").then(() => {
    throw new Error("the process has died");
  });
  died.catch(() => undefined);
  const reply = (number: number) =>
    Promise.race([
      new Promise<unknown>((resolve, reject) => {
        waiting.set(number, ({ value, error }) => (error ? reject(new Error(error)) : resolve(value)));
      }),
      died,
    ]);
  let number = 0;
  const ready = reply(0);
  ready.catch(() => undefined);
  const started: GatewayProcess = {
    child,
    store: wire,
    ask(ask) {
      number++;
      child.send({ number, ask });
      return reply(number);
    },
    kill() {
      child.kill("SIGKILL");
      wire.cut();
      processes.delete(started);
    },
  };
  processes.add(started);
  await ready;
  return started;
}

/** A process with a session whose first command has run: what it reads once is not what a command does. */
async function startWarm(env: string): Promise<{ gateway: GatewayProcess; session: Session }> {
  const gateway = await startProcess();
  const session = Session.parse(await gateway.ask({ do: "open", target: env }));
  await gateway.ask({ do: "submit", session: session.id, key: "first", sql: "select 1" });
  return { gateway, session };
}

/** Dying before a read leaves what dying before the next write leaves. A prepared statement does not say what it is. */
const onlyReads = (request: Buffer): boolean => {
  const text = request.toString("latin1");
  return /select/i.test(text) && !/insert|update|delete|commit|begin/i.test(text);
};

/** What its client was told before the crash. */
type Told = { held?: Command; approved?: boolean; ended?: Command };

/** Sends a write, has it approved where it is held, and follows it to its end. */
async function work(gateway: GatewayProcess, session: Session, row: number, told: Told): Promise<void> {
  const command = (value: unknown) => Command.parse(value);
  const sent = command(
    await gateway.ask({ do: "submit", session: session.id, key: `row ${row}`, sql: write(row) }),
  );
  if (sent.state === "held" && sent.review !== undefined) {
    told.held = sent;
    await gateway.ask({ do: "vote", review: sent.review.id });
    told.approved = true;
    told.ended = command(await gateway.ask({ do: "follow", command: sent.id, since: "held" }));
  } else told.ended = sent;
}

/** The client tries again at the gateway that lives, and whoever decides decides there. */
async function again(session: Session, row: number): Promise<Command> {
  // What others left behind is taken up after some seconds.
  const leftBehindMs = 3_000;
  survivor.wait(leftBehindMs);
  try {
    return await untilItEnds(session, row);
  } finally {
    survivor.wait(-leftBehindMs);
  }
}

async function untilItEnds(session: Session, row: number): Promise<Command> {
  const input = { sql: write(row), parameters: [], maxRows: 10 };
  const deadline = Date.now() + 120_000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const accepted = await survivor.gate.submit({
        actor: engineer,
        session: session.id,
        key: `row ${row}`,
        input,
      });
      accepted.settled.catch(() => undefined);
      // As every second or so.
      await survivor.journal.recover();
      await survivor.gate.sweep();
      const command = await survivor.gate.command(accepted.id, engineer, 20);
      if (finalStates.includes(command.state)) return command;
      const review = await survivor.approvals.forCommand(command.id);
      if (review?.state === "pending")
        await survivor.gate.vote(review.id, reviewer, { verdict: "approve", sha256: review.sha256 });
    } catch (error) {
      // The other's death takes a moment to be known.
      if (!(error instanceof Refusal)) throw error;
      last = error;
    }
  }
  throw new Error(`row ${row} came to no end`, { cause: last });
}

async function check(row: number, told: Told, command: Command): Promise<void> {
  const ran = await ground.runs(row);
  const intents = (await ground.entries(command.id)).filter((kind) => kind === "command.intent").length;
  expect(ran, "never twice").toBeLessThanOrEqual(1);
  if (ran === 1) expect(intents, "never without an intent").toBe(1);
  if (command.state === "completed") expect(ran).toBe(1);
  else if (command.state === "unknown") expect(intents, "unknown is what had begun").toBe(1);
  else expect(ran, `it is ${command.state}`).toBe(0);
  if (told.held) expect(command.id, "one key, one command").toBe(told.held.id);
  if (told.ended) expect(command).toMatchObject({ id: told.ended.id, state: told.ended.state });
}

let row = 0;
test.each([
  ["a write", "open"],
  ["a write that is reviewed", "prod"],
])(
  "%s survives a kill -9 before whichever of its requests",
  async (_, env) => {
    const ends = new Map<string, number>();
    const start = () => {
      const starting = startWarm(env);
      // Where the test has failed by then, nobody waits for it.
      starting.catch(() => undefined);
      return starting;
    };
    let next = start();
    // Signing, and what is written in one go, move the points by a few: the walk is over when it came to none twice.
    let passed = 0;
    for (let point = 1; point <= maxPoints && passed < 2; point += pointsApart) {
      const { gateway, session } = await next;
      next = start();
      row++;
      let requests = 0;
      const tap = (request: Buffer) => {
        if (onlyReads(request)) return true;
        if (++requests < point) return true;
        if (requests === point) gateway.kill();
        return false;
      };
      gateway.store.tap = tap;
      // Others come to their target meanwhile.
      target.tap = (request, startup) => !startup.includes(session.id) || tap(request);
      const told: Told = {};
      const failure = await work(gateway, session, row, told).then(
        () => undefined,
        (error: unknown) => error,
      );
      target.tap = () => true;
      if (requests < point) {
        expect(failure).toBeUndefined();
        passed++;
      } else if (told.held && !told.approved) {
        const review = await survivor.approvals.forCommand(told.held.id);
        expect(review?.state, "held is held, also after a crash").toMatch(/pending|approved/);
      }
      gateway.kill();
      const command = await again(session, row);
      await check(row, told, command);
      await survivor.gate.end(session.id, engineer);
      expect(await verifyFile(survivor.journal.recordings.export(session.id))).toMatchObject({ ok: true });
      const end = `${command.state}, ran ${await ground.runs(row)}`;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      await gateway.store.close();
    }
    const { gateway: spare } = await next;
    spare.kill();
    await spare.store.close();
    expect(passed, "the walk came to its end").toBe(2);
    expect([...ends.keys()].join("; ")).toMatch(/completed, ran 1/);
    expect(survivor.errors.filter((error) => !(error instanceof Refusal))).toEqual([]);
  },
  600_000,
);

test("one that dies after its command took effect, and before it could say so, leaves it unknown", async () => {
  const { gateway, session } = await startWarm("open");
  row++;
  let committed = false;
  target.tap = (request) => {
    committed ||= /commit/i.test(request.toString("latin1"));
    return true;
  };
  gateway.store.tap = () => {
    if (committed) gateway.kill();
    return !committed;
  };
  const told: Told = {};
  await expect(work(gateway, session, row, told)).rejects.toThrow("died");
  target.tap = () => true;
  const command = await again(session, row);
  expect(command).toMatchObject({ state: "unknown" });
  await check(row, told, command);
  expect(await ground.runs(row)).toBe(1);
  await survivor.gate.end(session.id, engineer);
  await gateway.store.close();
}, 300_000);

test("the ledger that is left is whole", async () => {
  const lines = async function* () {
    for await (const line of survivor.journal.ledger.export()) yield Buffer.from(line);
  };
  expect(await verifyFile(lines())).toMatchObject({ ok: true, from: 1 });
});
