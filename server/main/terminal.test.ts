import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ActorId } from "../../shared/ids.ts";
import { Refusal } from "../../shared/contract/errors.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { TargetInput } from "../../shared/nouns/target.ts";
import type { Recordable } from "../journal/recordable.ts";
import { startBastion } from "../demo/bastion/bastion.ts";
import type { DrawnScreen } from "../gate/screen-state.ts";
import type { Terminal } from "../gate/stream.ts";
import type { Sshd } from "../protocols/ssh/testing/sshd.ts";
import { auditor, engineer, reviewer, type TestGateway } from "./testing.ts";
import { engineersAtHosts, hideCards, openHostDesk, putHost, type HostDesk } from "./testing-host.ts";

/** A live shell on a real host, through every stage. */
const policies = `${engineersAtHosts}@id("raw") @review("reviewers") permit (principal in Group::"engineers", action == Action::"shell.raw", resource in Tag::"terminal=raw");
@id("no-tampering") @say("No.") forbid (principal, action == Action::"shell.tamper", resource);
@id("no-broad") @say("Not that.") @hint("Name a folder.")
forbid (principal, action == Action::"shell.delete", resource) when { context.facts.effects.contains("broad") };
`;
const size = { columns: 100, rows: 30 };

let desk: HostDesk;
let sshd: Sshd;
let gateway: TestGateway;
let session: Session;
let terminal: Terminal;
let seen: Recordable[];
let leave: () => void;
/** Aborted where a test took too long: what it waits for is no other test's. */
let over: AbortSignal;

beforeAll(async () => {
  desk = await openHostDesk(policies);
  ({ sshd, gateway } = desk);
});
afterAll(() => desk.stop());
beforeEach(async ({ signal }) => {
  over = signal;
  session = await gateway.gate.open(engineer, "host", "a look");
  seen = [];
  leave = gateway.gate.join(session.id, { show: ({ event }) => void seen.push(event) });
  terminal = await gateway.gate.terminal(session.id, engineer, size);
});
afterEach(async () => {
  leave();
  await gateway.gate.end(session.id, engineer);
});

const screen = () => seen.flatMap((event) => (event.type === "screen" ? [event.text] : [])).join("");
async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found) return found;
    await sleep(10, undefined, { signal: over });
  }
}
const type = (text: string) => terminal.keys(text, engineer);
const outcomes = () => seen.flatMap((event) => (event.type === "outcome" ? [event.state] : []));
const folder = () => sshd.folder;

test("a command that is allowed runs in the living shell, which keeps what it was told", async () => {
  await type(`cd ${folder()}; export GREETING=hello\r`);
  await until(() => outcomes().length === 1);
  await type('pwd; echo "$GREETING"-there\r');
  await until(() => outcomes().length === 2);
  expect(outcomes()).toEqual(["completed", "completed"]);
  expect(screen()).toContain(folder());
  expect(screen()).toContain("hello-there");
  expect(seen.map(({ type }) => type)).toContain("terminal");
});

test("a blocked line says why and runs not; the shell goes on", async () => {
  await type("rm -rf /etc\r");
  await until(() => outcomes().length === 1);
  await until(() => screen().includes("Name a folder."));
  await type("echo still here\r");
  await until(() => outcomes().length === 2);
  expect(outcomes()).toEqual(["blocked", "completed"]);
});

test("a line counts among what is under way on its host, and does not run where that is full", async () => {
  /** Takes all places that are left, as others at the same host. */
  const fill = () => {
    const places: (() => void)[] = [];
    for (;;)
      try {
        places.push(gateway.capacity.enter({ id: ActorId.parse(`a|${places.length}`) }, session));
      } catch {
        return places;
      }
  };
  const all = fill();
  await type("touch not-now\r");
  await until(() => screen().includes("under way on host"));
  expect(outcomes()).toEqual([]);
  for (const leave of all) leave();
  await type('echo it-ru""ns; sleep 60\r');
  await until(() => screen().includes("it-runs"));
  const left = fill();
  expect(left).toHaveLength(all.length - 1);
  for (const leave of left) leave();
  await type("\u0003");
  await until(() => outcomes().length === 1);
});

describe("a held line", () => {
  const marker = () => join(folder(), `made-${session.id}`);
  const heldReview = async () => {
    await type(`touch ${marker()}\r`);
    const held = await until(() => seen.find((event) => event.type === "held"));
    await until(() => screen().includes("Held for reviewers."));
    return held;
  };
  const vote = async (review: string, verdict: "approve" | "reject") => {
    const { id, sha256 } = await gateway.approvals.get(review as never);
    await gateway.gate.vote(id, reviewer, { verdict, sha256, comment: "seen" });
  };

  test("runs once it is approved, once, in its own shell", async () => {
    const { review } = await heldReview();
    expect(existsSync(marker())).toBe(false);
    await vote(review, "approve");
    await until(() => outcomes().length === 1);
    expect(outcomes()).toEqual(["completed"]);
    expect(existsSync(marker())).toBe(true);
  });

  test("says by whom it was rejected", async () => {
    const { review } = await heldReview();
    await vote(review, "reject");
    await until(() => screen().includes("tomas: seen"));
    expect(existsSync(marker())).toBe(false);
    await type("echo on\r");
    await until(() => outcomes().includes("completed"));
  });

  test("is taken back with Ctrl-C, and its review with it", async () => {
    const { review } = await heldReview();
    await type("\u0003");
    await until(() => outcomes().length === 1);
    expect(outcomes()).toEqual(["withdrawn"]);
    expect((await gateway.approvals.get(review as never)).state).toBe("withdrawn");
    expect(existsSync(marker())).toBe(false);
  });

  test("does not run where its terminal is gone, whoever approves", async () => {
    const { review } = await heldReview();
    await gateway.gate.end(session.id, engineer);
    await expect(vote(review, "approve")).rejects.toMatchObject({ code: "withdrawn" });
    expect(existsSync(marker())).toBe(false);
  });
});

test("a script is judged by what stands in it, and runs as it was read", async () => {
  const made = join(folder(), "by-typed-script");
  writeFileSync(join(folder(), "typed.sh"), `#!/bin/bash\necho "$1 from $0" > ${made}\n`, { mode: 0o755 });
  await type(`cd ${folder()}\r`);
  await until(() => outcomes().length === 1);
  await type("./typed.sh hello\r");
  const { review } = await until(() => seen.find((event) => event.type === "held"));
  const { id, sha256, sql, decision } = await gateway.approvals.get(review);
  expect(decision.facts).toMatchObject({ changes: [{ path: made }] });
  expect(sql).toContain(`> ${made}`);
  await gateway.gate.vote(id, reviewer, { verdict: "approve", sha256, comment: "" });
  await until(() => outcomes().length === 2);
  expect(outcomes()[1]).toBe("completed");
  expect(readFileSync(made, "utf8")).toBe("hello from ./typed.sh\n");
});

test("Ctrl-C ends what runs, and a cancelled command is interrupted", async () => {
  await type("sleep 100\r");
  await until(() => seen.find((event) => event.type === "state" && event.state === "running"));
  // Before the program has the terminal, the key reaches nobody.
  while (outcomes().length < 1) {
    await type("\u0003");
    await sleep(100, undefined, { signal: over });
  }
  await type("sleep 101\r");
  await until(() => seen.filter((event) => event.type === "state").length === 2);
  const { command } = await until(() => seen.findLast((event) => event.type === "state"));
  await gateway.gate.cancel(command, auditor, true);
  await until(() => outcomes().length === 2);
  expect(outcomes()[1]).toBe("cancelled");
});

test("the screen is drawn again for whoever comes back, and says where lines were entered", async () => {
  await type("echo marked-$((40+2))\r");
  await until(() => outcomes().length === 1);
  const again = await gateway.gate.terminal(session.id, engineer, size);
  expect(again).toBe(terminal);
  const command = seen.find((event) => event.type === "shell")?.command;
  let drawn: DrawnScreen | undefined;
  await again.snapshot(async (now) => void (drawn = now));
  expect(drawn?.screen).toContain("marked-42");
  const row = drawn?.screen.split("\r\n").findIndex((line) => line.includes("echo marked"));
  expect(drawn?.marks).toEqual([{ command, row }]);
});

test("values of hidden classes are masked on the way back, recorded as they were shown", async () => {
  await hideCards(gateway);
  const other = await gateway.gate.open(engineer, "host", "cards");
  const events: Recordable[] = [];
  gateway.gate.join(other.id, { show: ({ event }) => void events.push(event) });
  const there = await gateway.gate.terminal(other.id, engineer, size);
  const ends = () => events.flatMap((event) => (event.type === "outcome" ? [event] : []));
  await there.keys("printf '4111%s\\n' 111111111111\r", engineer);
  await until(() => ends().length === 1);
  await there.keys("echo nothing\r", engineer);
  await until(() => ends().length === 2);
  const text = JSON.stringify(events);
  expect(text).toContain("••••••••••••••••");
  expect(text).not.toContain("4111111111111111");
  expect(ends().map(({ masked }) => masked)).toEqual([
    [{ field: "screen", class: "card", by: "detector", rule: "detector:card" }],
    [],
  ]);
  const { command } = ends()[0] ?? {};
  expect(command && (await gateway.gate.command(command, engineer)).masked).toHaveLength(1);
  await gateway.gate.end(other.id, engineer);
});

test("a session that ends while its terminal opens says so, however far that is", async () => {
  const came: string[] = [];
  for (const afterMs of [0, 10, 40, 100, 200, 400]) {
    const other = await gateway.gate.open(engineer, "host", "another look");
    const opened = gateway.gate.terminal(other.id, engineer, size).then(
      () => "opened",
      (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
    );
    await sleep(afterMs);
    await gateway.gate.end(other.id, engineer);
    came.push(await opened);
  }
  expect(came.filter((one) => one !== "opened" && one !== "session_closed")).toEqual([]);
});

test("an ended shell ends its session", async () => {
  await type("exit\r");
  await until(() => gateway.errors.length > 0 || outcomes().length > 0);
  await expect.poll(() => gateway.sessions.get(session.id, engineer)).toMatchObject({ state: "closed" });
});

describe("a raw terminal", () => {
  const openRaw = async (target: string) => {
    const there = await gateway.gate.open(engineer, target, "raw");
    const events: Recordable[] = [];
    gateway.gate.join(there.id, { show: ({ event }) => void events.push(event) });
    return { there, events, opened: gateway.gate.terminal(there.id, engineer, size, true) };
  };

  test("is for targets where a policy says so, and nobody else's", async () => {
    const { there, opened } = await openRaw("host");
    await expect(opened).rejects.toMatchObject({ code: "blocked" });
    await gateway.gate.end(there.id, engineer);
  });

  test("opens once it is approved, is called raw in its recording, and ends as one command", async () => {
    await putHost(gateway, sshd, "legacy", { env: "prod", terminal: "raw" });
    const { there, events, opened } = await openRaw("legacy");
    const { review } = await until(() => events.find((event) => event.type === "held"));
    const { id, sha256 } = await gateway.approvals.get(review);
    await gateway.gate.vote(id, reviewer, { verdict: "approve", sha256, comment: "" });
    const shell = await opened;
    expect(shell.mode).toBe("raw");
    await shell.keys("echo un$((1+1))judged; exit 3\r", engineer);
    await until(() => events.some((event) => event.type === "outcome"));
    const text = events.flatMap((event) => (event.type === "screen" ? [event.text] : [])).join("");
    expect(text).toContain("un2judged");
    expect(events).toContainEqual(expect.objectContaining({ type: "terminal", mode: "raw" }));
    expect(events).toContainEqual(expect.objectContaining({ type: "exit", code: 3 }));
    expect(events.filter((event) => event.type === "shell")).toHaveLength(1);
    const kinds = events.map(({ type }) => type);
    expect(kinds.indexOf("terminal")).toBeLessThan(kinds.indexOf("screen"));
    expect(kinds.lastIndexOf("screen")).toBeLessThan(kinds.indexOf("exit"));
    await expect.poll(() => gateway.sessions.get(there.id, engineer)).toMatchObject({ state: "closed" });
  });
});

describe("a host without a shell that asks", () => {
  test("gets a line editor of the gate's, whose lines go through the same stages", async () => {
    const bastion = await startBastion({ dataDir: desk.data.path });
    const input = TargetInput.parse({
      kind: "ssh",
      host: bastion.host,
      port: bastion.port,
      user: bastion.user,
      hostKeys: [bastion.hostKey],
      privateKey: bastion.privateKey,
      tags: { env: "prod" },
    });
    await gateway.targets.put("bastion", input, { managed: false });
    const there = await gateway.gate.open(engineer, "bastion", "lines");
    const events: Recordable[] = [];
    gateway.gate.join(there.id, { show: ({ event }) => void events.push(event) });
    const lines = await gateway.gate.terminal(there.id, engineer, size);
    expect(lines.mode).toBe("line");
    const ends = () => events.flatMap((event) => (event.type === "outcome" ? [event.state] : []));
    const shown = () => events.flatMap((event) => (event.type === "screen" ? [event.text] : [])).join("");
    for (const [at, text] of ["cd /var/log\r", "pwd; ls\r", "rm -rf /etc\r"].entries()) {
      await lines.keys(text, engineer);
      await until(() => ends().length === at + 1);
    }
    expect(ends()).toEqual(["completed", "completed", "blocked"]);
    expect(shown()).toContain("/var/log\r\n");
    await until(() => shown().includes("Name a folder."));
    await lines.keys("touch /tmp/flag\r", engineer);
    const { review } = await until(() => events.find((event) => event.type === "held"));
    const { id, sha256 } = await gateway.approvals.get(review);
    await gateway.gate.vote(id, reviewer, { verdict: "approve", sha256, comment: "" });
    await until(() => ends().length === 4);
    expect(ends()[3]).toBe("completed");
    await gateway.gate.end(there.id, engineer);
    await bastion.close();
  });
});
