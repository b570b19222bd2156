import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../testing/server.ts";
import { startSshd, type Sshd } from "../testing/sshd.ts";
import type { SshBackend } from "./backend.ts";
import { WINDOW_BYTES } from "./limits.ts";
import { permitFor } from "../../testing.ts";
import {
  executable,
  fileAt,
  forever,
  isAlive,
  mark,
  open,
  outcomeOf,
  processesOf,
  run,
  until,
} from "./testing.ts";

let sshd: Sshd;
let backend: SshBackend;

beforeAll(async () => {
  sshd = await startSshd();
  backend = await open(sshd);
});
afterAll(async () => {
  await backend.close();
  await sshd.stop();
});

describe("a command", () => {
  test("gives stdout and stderr apart, and its exit code", async () => {
    expect(await outcomeOf(run(backend, "echo out; echo err >&2; exit 3"))).toEqual({
      stdout: "out\n",
      stderr: "err\n",
      exit: { code: 3, signal: null, truncated: false },
    });
  });

  test("reads its standard input to the end", async () => {
    const stdin = "line\n".repeat(100_000);
    expect((await outcomeOf(run(backend, "wc -c", { stdin }))).stdout.trim()).toBe("500000");
  });

  test("that a signal ends says which", async () => {
    expect((await outcomeOf(run(backend, "kill -KILL $$"))).exit).toEqual({
      code: null,
      signal: "SIGKILL",
      truncated: false,
    });
  });

  test("reaches the shell in its exact bytes", async () => {
    const text = "printf '%s|' 'a  b' \"$HOME\"x '\u202e' '\t' \\\n 'é'";
    const { stdout } = await outcomeOf(run(backend, text));
    expect(stdout).toBe(`a  b|${process.env["HOME"] ?? ""}x|\u202e|\t|é|`);
  });

  test("gets nothing of the gateway's environment, and no agent", async () => {
    process.env["SLUICE_TEST_SECRET"] = "hunter2";
    const { stdout } = await outcomeOf(run(backend, "env"));
    expect(stdout).not.toMatch(/hunter2|SSH_AUTH_SOCK|DISPLAY/);
  });

  test("beyond its bytes goes on to its own end, and the rest is dropped", async () => {
    const done = join(sshd.folder, "done");
    const outcome = await outcomeOf(
      run(backend, `head -c 3000000 /dev/zero; touch ${done}; exit 4`, { maxBytes: 1000 }),
    );
    expect(outcome.stdout).toHaveLength(1000);
    expect(outcome.exit).toEqual({ code: 4, signal: null, truncated: true });
    expect(existsSync(done)).toBe(true);
  });

  test("comes alone on its connection", async () => {
    const first = run(backend, "echo one; sleep 60")[Symbol.asyncIterator]();
    await first.next();
    await expect(outcomeOf(run(backend, "echo two"))).rejects.toMatchObject({ code: "session_busy" });
    await first.return?.();
    expect((await outcomeOf(run(backend, "echo two"))).stdout).toBe("two\n");
  });
});

describe("a permit", () => {
  test("runs once", async () => {
    const permit = permitFor();
    await outcomeOf(backend.exec(permit, executable("true"), forever()));
    await expect(outcomeOf(backend.exec(permit, executable("true"), forever()))).rejects.toMatchObject({
      code: "permit_invalid",
    });
  });

  test("for other bytes runs nothing", async () => {
    const permit = permitFor({ sha256: "1".repeat(64) });
    await expect(outcomeOf(backend.exec(permit, executable("true"), forever()))).rejects.toMatchObject({
      code: "permit_invalid",
    });
  });

  test("for another revision opens no connection", async () => {
    await expect(open(sshd, { permit: permitFor({ targetRevision: 8 }) })).rejects.toMatchObject({
      code: "permit_invalid",
    });
  });
});

describe("ending a command", () => {
  // `timeout` makes a process group of its own, which a signal to the shell's group does not reach.
  const stubborn = (seconds: string) =>
    `trap '' HUP INT TERM; echo up; timeout 9999 sleep ${seconds} & sleep ${seconds}; sleep ${seconds}`;

  test("a reader that leaves early ends all of it at the host", async () => {
    const seconds = mark();
    for await (const chunk of run(backend, stubborn(seconds))) if (chunk.type === "bytes") break;
    expect(isAlive(seconds)).toBe(false);
    expect((await outcomeOf(run(backend, "echo on"))).stdout).toBe("on\n");
  });

  test("an aborted signal ends it, and the reader is told", async () => {
    const seconds = mark();
    const abort = new AbortController();
    const outcome = outcomeOf(run(backend, stubborn(seconds), {}, abort.signal));
    await until(() => isAlive(seconds));
    abort.abort();
    const error = await outcome.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "cancelled" });
    expect(error).not.toHaveProperty("extra.outcome");
    expect(isAlive(seconds)).toBe(false);
  });

  test("a host that is slow to end it is waited for: what came of it is known", async () => {
    const own = await open(sshd, { limits: { stopMs: 1, seenMs: 40_000 } });
    const seconds = mark();
    const abort = new AbortController();
    const outcome = outcomeOf(run(own, stubborn(seconds), {}, abort.signal));
    outcome.catch(() => undefined);
    await until(() => isAlive(seconds));
    abort.abort();
    const error = await outcome.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "cancelled" });
    expect(error).not.toHaveProperty("extra.outcome");
    expect(isAlive(seconds)).toBe(false);
    await own.close();
  });

  test("the deadline ends it, also where nobody reads", async () => {
    const seconds = mark();
    const chunks = run(backend, stubborn(seconds), { timeoutMs: 3_000 })[Symbol.asyncIterator]();
    await chunks.next();
    await until(() => !isAlive(seconds));
    await expect(chunks.next()).rejects.toMatchObject({
      code: "timeout",
      message: "The command ran longer than 3 s and was ended at the target.",
    });
  });

  test("what runs in a terminal beside it goes on", async () => {
    const [beside, seconds] = [mark(), mark()];
    const terminal = await backend.open(
      permitFor(),
      { command: `sleep ${beside}`, term: "xterm", columns: 80, rows: 24, sha256: "0".repeat(64) },
      forever(),
    );
    for await (const chunk of run(backend, stubborn(seconds))) if (chunk.type === "bytes") break;
    expect(isAlive(seconds)).toBe(false);
    expect(isAlive(beside)).toBe(true);
    terminal.close();
    await until(() => !isAlive(beside));
  });

  test("closing the connection ends it", async () => {
    const own = await open(sshd);
    const seconds = mark();
    const outcome = outcomeOf(run(own, stubborn(seconds)));
    outcome.catch(() => undefined);
    await until(() => isAlive(seconds));
    await own.close();
    expect(isAlive(seconds)).toBe(false);
    expect(await own.closed).toBe("The gateway closed the connection.");
    await expect(outcome).rejects.toMatchObject({ code: "cancelled" });
    await expect(outcomeOf(run(own, "true"))).rejects.toMatchObject({ code: "session_closed" });
  });

  test("where the host runs nothing beside it, its signal request is used", async () => {
    const lonely = await startSshd({ account: "unprivileged", config: ["MaxSessions 1"] });
    const own = await open(lonely);
    const seconds = mark();
    const abort = new AbortController();
    const outcome = outcomeOf(run(own, `trap '' TERM; sleep ${seconds}; sleep ${seconds}`, {}, abort.signal));
    outcome.catch(() => undefined);
    await until(() => isAlive(seconds));
    abort.abort();
    const error = await outcome.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "cancelled" });
    expect(error).not.toHaveProperty("extra.outcome");
    expect(isAlive(seconds)).toBe(false);
    await own.close();
    await lonely.stop();
  });

  test("where it cannot be seen to end, its outcome is unknown", async () => {
    // Root's sshd refuses the signal, MaxSessions the command beside.
    const lonely = await startSshd({
      config: ["MaxSessions 1", 'ForceCommand sh -c "$SSH_ORIGINAL_COMMAND"'],
    });
    const own = await open(lonely, { limits: { stopMs: 400 } });
    const seconds = mark();
    const abort = new AbortController();
    const outcome = outcomeOf(run(own, `sleep ${seconds}`, {}, abort.signal));
    outcome.catch(() => undefined);
    await until(() => isAlive(seconds));
    abort.abort();
    await expect(outcome).rejects.toMatchObject({ code: "cancelled", extra: { outcome: "unknown" } });
    await own.close();
    for (const pid of processesOf(seconds)) process.kill(pid);
    await lonely.stop();
  });
});

describe("a connection", () => {
  test("whose host opens nothing, and says nothing, is ended", async () => {
    const mute = await startServer({
      meet: (connection) =>
        connection.on("session", (accept) => {
          // Accepted, and then without an answer to anything.
          accept()
            .on("exec", () => undefined)
            .on("sftp", () => undefined);
        }),
    });
    const abort = new AbortController();
    const own = await open(mute, { limits: { stopMs: 100 } });
    const outcome = outcomeOf(run(own, "true", {}, abort.signal));
    abort.abort();
    await expect(outcome).rejects.toMatchObject({
      code: "target_unreachable",
      extra: { outcome: "unknown" },
    });
    expect(await own.closed).toBe("The target stopped answering.");
    const other = await open(mute, { limits: { connectTimeoutMs: 4_000 } });
    await expect(other.files.stat(permitFor(), fileAt("/"), forever())).rejects.toMatchObject({
      code: "target_unreachable",
    });
    await mute.stop();
  });

  test("lost under a command leaves its outcome unknown", async () => {
    const own = await open(sshd);
    await expect(outcomeOf(run(own, "kill -KILL $PPID; sleep 60"))).rejects.toMatchObject({
      code: "target_unreachable",
      extra: { outcome: "unknown" },
    });
    expect(await own.closed).toBe("The connection to the target was lost.");
  });

  test("outlives the host's change of keys in the middle of a command", async () => {
    const rekeying = await startSshd({ config: ["RekeyLimit 1M"] });
    const own = await open(rekeying);
    const { stdout } = await outcomeOf(run(own, "head -c 8000000 /dev/zero"));
    expect(stdout).toHaveLength(8_000_000);
    await own.close();
    expect(rekeying.log()).not.toContain("error");
    await rekeying.stop();
  });

  test("a slow reader slows the host, not the memory", async () => {
    const progress = join(sshd.folder, "progress");
    const command = `i=0; while [ $i -lt 200 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i >${progress}; done`;
    const chunks = run(backend, command, { maxBytes: 100_000_000 })[Symbol.asyncIterator]();
    await chunks.next();
    const reached = async () => Number((await outcomeOf(run(other, `cat ${progress}`))).stdout);
    const other = await open(sshd);
    // The host's own pipes and sockets hold some too; far less than all of it.
    let before = -1;
    await until(async () => {
      const at = await reached();
      const stands = at === before && at > 0;
      before = at;
      return stands;
    });
    expect(before).toBeLessThan(150);
    expect(WINDOW_BYTES).toBeLessThan(1_000_000);
    let bytes = 0;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
      if (next.value.type === "bytes") bytes += next.value.bytes.length;
    expect(bytes).toBeGreaterThan(12_000_000);
    await other.close();
  });
});
