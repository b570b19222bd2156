import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ShellCommandInput, type Command } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import type { Sshd } from "../protocols/ssh/testing/sshd.ts";
import { engineer, reviewer, type TestGateway } from "./testing.ts";
import { engineersAtHosts, hideCards, openHostDesk, type HostDesk } from "./testing-host.ts";

/** Commands that are sent to a real host, through every stage. */
const policies = `${engineersAtHosts}@id("no-secrets") @say("Not the keys.") forbid (principal, action in Action::"shell.any", resource)
  when { context.facts.secrets.contains("private-key") };
`;

let desk: HostDesk;
let sshd: Sshd;
let gateway: TestGateway;
let session: Session;

beforeAll(async () => {
  desk = await openHostDesk(policies);
  ({ sshd, gateway } = desk);
  await hideCards(gateway);
  session = await gateway.gate.open(engineer, "host", "a look");
});
afterAll(() => desk.stop());

const run = async (command: string, rest: object = {}): Promise<Command> => {
  const input = ShellCommandInput.parse({ command, ...rest });
  const { settled } = await gateway.gate.submit({ actor: engineer, session: session.id, input });
  const { id } = await settled;
  return gateway.gate.command(id, engineer);
};

/** Whether a process of this machine has this argument. */
const isRunning = (argument: string) =>
  readdirSync("/proc").some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(argument);
    } catch {
      return false;
    }
  });

test("stdin, both streams and the exit code come as they are", async () => {
  expect(await run("cat; echo oops >&2; exit 3", { stdin: "grüße\n" })).toMatchObject({
    kind: "shell",
    state: "completed",
    result: { stdout: "grüße\n", stderr: "oops\n", exitCode: 3, truncated: false },
    evidence: { intent: expect.any(Number), outcome: expect.any(Number) },
  });
});

test("values of hidden classes are masked in both streams, whatever they are cut into", async () => {
  const command =
    "for n in 4111 1111 1111 1111; do printf $n; sleep 0.05; done; echo; echo 4111111111111111 >&2";
  const { result, masked } = (await run(command)) as Extract<Command, { kind: "shell" }>;
  expect(result).toMatchObject({ stdout: "•••\n", stderr: "•••\n" });
  expect(masked).toMatchObject([
    { field: "stdout", class: "card" },
    { field: "stderr", class: "card" },
  ]);
});

test("a time-out ends it at the host", async () => {
  const { state, error } = await run("sleep 60.731", { timeoutSeconds: 1 });
  expect(error?.code).toBe("timeout");
  expect(["failed", "unknown"]).toContain(state);
  await expect.poll(() => isRunning("60.731")).toBe(false);
});

test("a cancelled one is ended at the host", async () => {
  const input = ShellCommandInput.parse({ command: "sleep 61.237" });
  const { id, settled } = await gateway.gate.submit({ actor: engineer, session: session.id, input });
  await expect.poll(() => isRunning("61.237")).toBe(true);
  await gateway.gate.cancel(id, engineer);
  // Where a busy host could not be seen to end it in time, that is said.
  expect(["cancelled", "unknown"]).toContain((await settled).state);
  await expect.poll(() => isRunning("61.237")).toBe(false);
});

test("what policy blocks never reaches the host, and says why", async () => {
  expect(await run("cat ~/.ssh/id_ed25519")).toMatchObject({
    state: "blocked",
    decision: {
      effect: "block",
      policies: ["no-secrets"],
      reasons: ["Not the keys.", "It reads private-key."],
    },
  });
});

describe("a held one", () => {
  test("runs once it is approved, with the very bytes and input", async () => {
    const file = join(sshd.folder, "written");
    const held = await run(`cat > ${file}`, { stdin: "by a reviewer's leave" });
    expect(held).toMatchObject({ state: "held" });
    expect(existsSync(file)).toBe(false);
    const review = await gateway.approvals.get(held.review?.id as never);
    expect(review).toMatchObject({ original: `cat > ${file}`, parameters: ["by a reviewer's leave"] });
    await gateway.gate.vote(review.id, reviewer, { verdict: "approve", sha256: review.sha256, comment: "" });
    await expect.poll(async () => (await gateway.gate.command(held.id, engineer)).state).toBe("completed");
    expect(existsSync(file)).toBe(true);
  });
});

test("a command of another kind is told what to send", async () => {
  const input = { sql: "select 1", parameters: [], maxRows: 1 };
  await expect(gateway.gate.submit({ actor: engineer, session: session.id, input })).rejects.toMatchObject({
    code: "target_kind",
    hint: expect.stringContaining("command"),
  });
});

test("what cannot be parsed is refused, and nothing is recorded as run", async () => {
  const input = ShellCommandInput.parse({ command: "if then fi" });
  await expect(gateway.gate.submit({ actor: engineer, session: session.id, input })).rejects.toMatchObject({
    code: "shell_unparseable",
  });
});

describe("a script", () => {
  const script = (name: string, text: string) => {
    const path = join(sshd.folder, name);
    writeFileSync(path, text, { mode: 0o755 });
    return path;
  };

  test("is read before it runs: what it does decides, and it runs as it was read", async () => {
    const made = join(sshd.folder, "by-script");
    const path = script("deploy.sh", `#!/bin/bash\necho "$0 $1" > ${made}\n`);
    const held = await run(`${path} now`);
    expect(held).toMatchObject({ state: "held", decision: { facts: { changes: [{ path: made }] } } });
    const review = await gateway.approvals.get(held.review?.id as never);
    expect(review.sql).toContain(`echo "$0 $1" > ${made}`);
    // Whoever changes the file now changes nothing of what was approved.
    writeFileSync(path, `#!/bin/bash\ntouch ${made}.swapped\n`);
    await gateway.gate.vote(review.id, reviewer, { verdict: "approve", sha256: review.sha256, comment: "" });
    await expect
      .poll(async () => (await gateway.gate.command(held.id, engineer)).state)
      .not.toMatch(/held|running/);
    expect(existsSync(`${made}.swapped`)).toBe(false);
    expect((await gateway.gate.command(held.id, engineer)).state).toBe("blocked");
  });

  test("that stayed the same runs with its name and arguments", async () => {
    const made = join(sshd.folder, "by-script");
    const path = script("again.sh", `#!/bin/bash\necho "$0 $1" > ${made}\n`);
    const held = await run(`bash ${path} now`);
    const review = await gateway.approvals.get(held.review?.id as never);
    await gateway.gate.vote(review.id, reviewer, { verdict: "approve", sha256: review.sha256, comment: "" });
    await expect.poll(async () => (await gateway.gate.command(held.id, engineer)).state).toBe("completed");
    expect(readFileSync(made, "utf8")).toBe(`${path} now\n`);
  });

  test("that reads keys is blocked for what stands in it", async () => {
    const path = script("innocent.sh", "cat ~/.ssh/id_ed25519\n");
    expect(await run(`bash ${path}`)).toMatchObject({
      state: "blocked",
      decision: { policies: ["no-secrets"] },
    });
  });
});
