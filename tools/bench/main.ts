import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { openDirect, openRest, openSocket, paths, type Client, type Path } from "./clients.ts";
import { startGateway } from "./gateway.ts";
import { measureRound, summarise, type Case, type Figures, type Measured } from "./measure.ts";
import { measureIdle } from "./idle.ts";
import { measureJournal } from "./journal.ts";
import { growthDuring } from "./memory.ts";
import { summariseProfile } from "./profile.ts";
import { print, type Report } from "./report.ts";
import { measureReviews } from "./reviews.ts";
import { measureSsh } from "./ssh.ts";
import { measureCommit, prepareTarget, serverVersion } from "./target.ts";
import { measureUnderstanding } from "./understanding.ts";
import { modes, shapes, type Shape } from "./work.ts";

const output = ".cache/bench";
const manyClients = 32;

/** No round is begun after this long: on a busy machine a shape has fewer of them, and the run still ends. */
const budgetMs = 20_000;

/** How much is asked: rounds, and commands of each client in a round. */
type Effort = { rounds: number; each: number };
const efforts: Record<Shape, { one: Effort; many: Effort; quick: { one: Effort; many: Effort } }> = {
  point: {
    one: { rounds: 7, each: 150 },
    many: { rounds: 5, each: 40 },
    quick: { one: { rounds: 3, each: 150 }, many: { rounds: 2, each: 30 } },
  },
  page: {
    one: { rounds: 5, each: 20 },
    many: { rounds: 3, each: 4 },
    quick: { one: { rounds: 2, each: 20 }, many: { rounds: 1, each: 4 } },
  },
  stream: {
    one: { rounds: 3, each: 1 },
    many: { rounds: 1, each: 1 },
    quick: { one: { rounds: 1, each: 1 }, many: { rounds: 1, each: 1 } },
  },
};
const understandingSamples = { full: 2_000, quick: 300 };
const reviewSamples = { full: 200, quick: 30 };
const journalSamples = { full: 1_000, quick: 200 };
const commitSamples = { full: 500, quick: 100 };

const quick = process.argv.includes("--quick");
const profileDir = process.argv.includes("--profile") ? `${output}/profile` : undefined;
const say = (line: string) => console.log(line);

const started = performance.now();
const gateway = await startGateway({ profileDir, log: say });
try {
  say("A table with a million rows");
  const url = await prepareTarget(gateway);
  const token = await gateway.token("demo-engineer");
  const open: Record<Path, () => Promise<Client>> = {
    direct: () => openDirect(url),
    rest: () => openRest(gateway, token),
    socket: () => openSocket(gateway, token),
  };
  const spent = () => gateway.metric("cpu_seconds_total");
  const cases: Measured[] = [];
  const memory: Report["memory"] = [];

  for (const many of [false, true]) {
    const clients: Record<Path, Client[]> = { direct: [], rest: [], socket: [] };
    for (const path of paths)
      for (let n = 0; n < (many ? manyClients : 1); n++) clients[path].push(await open[path]());
    // What happens once - catalog, connections, compilation - is no command's cost.
    for (const path of paths)
      for (const mode of modes)
        await measureRound(
          { shape: "point", mode, path, clients: 1 },
          clients[path],
          many ? 10 : 300,
          0,
          spent,
        );

    for (const shape of shapes) {
      say(`${shape}, ${many ? manyClients : 1} client${many ? "s" : ""}`);
      const effort = (quick ? efforts[shape].quick : efforts[shape])[many ? "many" : "one"];
      const turns = modes.flatMap((mode) =>
        paths.map((path) => ({
          case: { shape, mode, path, clients: clients[path].length } satisfies Case,
          rounds: [] as Figures[],
        })),
      );
      const until = performance.now() + budgetMs;
      for (let round = 0; round < effort.rounds && (round === 0 || performance.now() < until); round++)
        for (const { case: one, rounds } of turns) {
          const work = async () => {
            rounds.push(
              await measureRound(
                one,
                clients[one.path],
                effort.each,
                round * effort.each * one.clients,
                spent,
              ),
            );
          };
          if (shape === "stream" && !many && one.path !== "direct")
            memory.push({ mode: one.mode, path: one.path, growthBytes: await growthDuring(gateway, work) });
          else await work();
        }
      cases.push(...turns.map(({ case: one, rounds }) => summarise(one, rounds, effort.each)));
    }
    await Promise.all(paths.flatMap((path) => clients[path].map((client) => client.close())));
  }

  say("facts, decision, rewriting");
  const understanding = await measureUnderstanding(
    gateway,
    quick ? understandingSamples.quick : understandingSamples.full,
  );
  const commit = await measureCommit(url, quick ? commitSamples.quick : commitSamples.full);
  say("evidence alone, reviews, idle sessions");
  const journal = await measureJournal(gateway, quick ? journalSamples.quick : journalSamples.full);
  const reviews = await measureReviews(gateway, quick ? reviewSamples.quick : reviewSamples.full);
  const ssh = await measureSsh(gateway, quick ? "quick" : "full", say);
  const idleBytes = await measureIdle(gateway);
  const report: Report = {
    at: new Date().toISOString(),
    machine: {
      node: process.versions.node,
      postgres: await serverVersion(url),
      cores: cpus().length,
      cpu: cpus()[0]?.model.trim() ?? "",
      load: loadavg(),
    },
    quick,
    cases,
    memory: worst(memory),
    commit,
    understanding,
    journal,
    reviews,
    ssh,
    idleBytes,
  };
  mkdirSync(output, { recursive: true });
  writeFileSync(`${output}/latest.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  say(`\n${print(report)}`);
  say(`\n${output}/latest.json, after ${Math.round((performance.now() - started) / 1_000)} s`);
} finally {
  await gateway.stop();
}
if (profileDir !== undefined) say(`\n${summariseProfile(profileDir)}`);

/** The most that any round grew by: memory that was once needed is needed. */
function worst(grown: Report["memory"]): Report["memory"] {
  const most = new Map<string, Report["memory"][number]>();
  for (const one of grown) {
    const key = `${one.mode} ${one.path}`;
    if (one.growthBytes >= (most.get(key)?.growthBytes ?? Number.NEGATIVE_INFINITY)) most.set(key, one);
  }
  return [...most.values()];
}
