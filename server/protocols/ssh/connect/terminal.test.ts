import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startServer } from "../testing/server.ts";
import { startSshd, type Sshd } from "../testing/sshd.ts";
import type { SshBackend } from "./backend.ts";
import type { Channel } from "./executable.ts";
import { WINDOW_BYTES } from "./limits.ts";
import { permitFor } from "../../testing.ts";
import { forever, isAlive, mark, open, openTerminal, outcomeOf, run, until } from "./testing.ts";

let sshd: Sshd;
let backend: SshBackend;

beforeAll(async () => {
  sshd = await startSshd();
});
beforeEach(async () => {
  backend = await open(sshd);
});
afterEach(() => backend.close());
afterAll(() => sshd.stop());

/** Collects what a terminal shows. */
function screenOf(channel: Channel): { text: string; bytes: number } {
  const screen = { text: "", bytes: 0 };
  channel.onBytes((bytes) => {
    screen.bytes += bytes.length;
    screen.text = (screen.text + Buffer.from(bytes).toString()).slice(-20_000);
  });
  return screen;
}

describe("a terminal", () => {
  for (const shell of ["bash --norc --noprofile", "zsh -f"])
    test(`runs ${shell} with the size that it has now`, async () => {
      const terminal = await openTerminal(backend, { command: `exec ${shell}`, columns: 91, rows: 17 });
      const screen = screenOf(terminal);
      terminal.write(Buffer.from("stty size; tty; echo $TERM\r"));
      await until(() => /17 91\r\n\/dev\/pts\/\d+\r\nxterm-256color/.test(screen.text));
      terminal.resize(133, 41);
      terminal.write(Buffer.from("stty size; exit 7\r"));
      expect(await terminal.closed).toEqual({ code: 7, signal: null, reason: "The program ended." });
      expect(screen.text).toContain("41 133");
    });

  test("is the login shell where no command is given", async () => {
    const terminal = await openTerminal(backend);
    const screen = screenOf(terminal);
    terminal.write(Buffer.from("shopt -q login_shell && echo log''in; exit\r"));
    await terminal.closed;
    expect(screen.text).toContain("login");
  });

  test("keeps what was printed before anyone listened", async () => {
    const terminal = await openTerminal(backend, { command: "echo early" });
    let ended = false;
    void terminal.closed.then(() => (ended = true));
    await outcomeOf(run(backend, "sleep 0.1"));
    expect(ended).toBe(false);
    const screen = screenOf(terminal);
    await terminal.closed;
    expect(screen.text).toBe("early\r\n");
  });

  test("that is paused stops the program at the host, and goes on where it was", async () => {
    const pid = join(sshd.folder, "pid");
    const terminal = await openTerminal(backend, {
      command: `stty raw; echo $$ >${pid}; exec head -c 20000000 /dev/zero`,
    });
    let bytes = 0;
    terminal.onBytes((piece) => {
      bytes += piece.length;
      if (bytes >= 1_000_000) terminal.pause();
    });
    const written = () =>
      Number(/wchar: (\d+)/.exec(readFileSync(`/proc/${readFileSync(pid, "utf8").trim()}/io`, "utf8"))?.[1]);
    await until(() => bytes >= 1_000_000);
    let before = -1;
    // Looked at again and again, with a round trip to the host between.
    await until(async () => {
      await outcomeOf(run(backend, "sleep .2"));
      const at = written();
      const stands = at === before;
      before = at;
      return stands;
    });
    const held = bytes;
    expect(before - held).toBeLessThan(4 * WINDOW_BYTES);
    expect(held).toBeLessThan(1_000_000 + WINDOW_BYTES);
    terminal.onBytes((piece) => (bytes += piece.length));
    terminal.resume();
    await terminal.closed;
    expect(bytes).toBe(20_000_000);
  });

  test("answers Ctrl-C under a flood of output that is read slowly", async () => {
    const terminal = await openTerminal(backend, { command: "bash --norc --noprofile" });
    const screen = screenOf(terminal);
    terminal.write(Buffer.from("yes\r"));
    await until(() => screen.bytes > 1_000_000);
    terminal.pause();
    terminal.write(Buffer.from("\u0003"));
    const before = screen.bytes;
    terminal.resume();
    await until(() => /\^C[^]*[#$] $/.test(screen.text));
    // What was under way: our window, and what the host's terminal and sockets hold.
    expect(screen.bytes - before).toBeLessThan(10_000_000);
  });

  test("tells a writer to wait where the host does not read, and when it has room again", async () => {
    const start = join(sshd.folder, "start");
    const terminal = await openTerminal(backend, {
      command: `stty raw -echo; echo up; until [ -e ${start} ]; do sleep .05; done; head -c 8000000 | md5sum`,
    });
    const screen = screenOf(terminal);
    await until(() => screen.text.includes("up"));
    const block = Buffer.alloc(100_000);
    let waits = 0;
    for (let sent = 0; sent < 80; sent += 1)
      if (!terminal.write(block)) {
        waits += 1;
        writeFileSync(start, "");
        await terminal.drained();
      }
    await terminal.closed;
    expect(waits).toBeGreaterThan(0);
    expect(screen.text).toContain(createHash("md5").update(Buffer.alloc(8_000_000)).digest("hex"));
  });

  test("that is closed hangs up on what runs in it", async () => {
    const seconds = mark();
    const terminal = await openTerminal(backend, { command: `echo up; sleep ${seconds}; true` });
    await until(() => isAlive(seconds));
    terminal.close();
    expect(await terminal.closed).toMatchObject({ reason: "The gateway closed the terminal." });
    await until(() => !isAlive(seconds));
    expect(terminal.write(Buffer.from("x"))).toBe(true);
    await terminal.drained();
    terminal.resize(1, 1);
    terminal.close();
  });

  test("that is paused can be closed, also after its connection was lost", async () => {
    const other = await open(sshd);
    const lost = await openTerminal(other, { command: "echo held; kill -KILL $PPID; sleep 60" });
    lost.pause();
    await other.closed;
    lost.close();
    expect(await lost.closed).toMatchObject({ reason: "The connection to the target was lost." });
  });

  test("ends with its signal, and with its connection", async () => {
    const abort = new AbortController();
    const aborted = await openTerminal(backend, {}, abort.signal);
    abort.abort();
    expect(await aborted.closed).toMatchObject({ reason: "The gateway closed the terminal." });
    const other = await open(sshd);
    const lost = await openTerminal(other, { command: "sleep 0.2; kill -KILL $PPID; sleep 60" });
    screenOf(lost);
    expect(await lost.closed).toEqual({
      code: null,
      signal: null,
      reason: "The connection to the target was lost.",
    });
  });

  test("spends its permit", async () => {
    const permit = permitFor();
    const terminal = { command: "true", term: "xterm", columns: 80, rows: 24, sha256: permit.binding.sha256 };
    const channel = await backend.open(permit, terminal, forever());
    screenOf(channel);
    await channel.closed;
    await expect(backend.open(permit, terminal, forever())).rejects.toMatchObject({ code: "permit_invalid" });
  });
});

describe("a host", () => {
  test("that opens no more channels says so, and the connection goes on", async () => {
    const narrow = await startSshd({ config: ["MaxSessions 1"] });
    const own = await open(narrow);
    const terminal = await openTerminal(own);
    await expect(outcomeOf(run(own, "true"))).rejects.toMatchObject({
      code: "target_refused",
      hint: expect.stringContaining("MaxSessions"),
    });
    terminal.close();
    await terminal.closed;
    expect((await outcomeOf(run(own, "echo on"))).stdout).toBe("on\n");
    await own.close();
    await narrow.stop();
  });

  test("that gives no terminal says so", async () => {
    const plain = await startSshd({ config: ["PermitTTY no"] });
    const own = await open(plain);
    await expect(openTerminal(own)).rejects.toMatchObject({
      code: "target_refused",
      message: "The target refuses that: it gives the gateway's user no terminal.",
    });
    await own.close();
    await plain.stop();
  });

  test("that stops answering is noticed", async () => {
    let mute = false;
    const server = await startServer({
      meet: (connection) => {
        const protocol: unknown = Reflect.get(connection, "_protocol");
        const reply: unknown = Reflect.get(Object(protocol), "requestFailure");
        Reflect.set(Object(protocol), "requestFailure", (...rest: unknown[]) => {
          if (!mute && typeof reply === "function") Reflect.apply(reply, protocol, rest);
        });
      },
    });
    const own = await open(server, { limits: { keepAliveMs: 50 } });
    mute = true;
    expect(await own.closed).toBe("The target stopped answering.");
    await server.stop();
  });

  test("that sends more than its window is hung up on", async () => {
    const server = await startServer({
      meet: (connection) =>
        connection.on("session", (accept) =>
          accept().on("exec", (acceptExec) => {
            const channel = acceptExec();
            const outgoing: unknown = Reflect.get(channel, "outgoing");
            Reflect.set(Object(outgoing), "window", Infinity);
            channel.write(Buffer.alloc(4 * WINDOW_BYTES));
          }),
        ),
    });
    const own = await open(server);
    const chunks = run(own, "anything")[Symbol.asyncIterator]();
    await chunks.next();
    expect(await own.closed).toBe("The target sent more than it was allowed to.");
    await expect(outcomeOf({ [Symbol.asyncIterator]: () => chunks })).rejects.toMatchObject({
      extra: { outcome: "unknown" },
    });
    await server.stop();
  });

  test("that does not answer a hang-up is not waited for", async () => {
    const server = await startServer({
      meet: (connection) =>
        connection.on("session", (accept) => {
          const session = accept();
          session.on("pty", (acceptPty) => acceptPty());
          session.on("shell", (acceptShell) => Reflect.set(acceptShell(), "close", () => undefined));
        }),
    });
    const own = await open(server, { limits: { stopMs: 100 } });
    const terminal = await openTerminal(own);
    terminal.close();
    expect(await terminal.closed).toMatchObject({ reason: "The gateway closed the terminal." });
    await own.close();
    await server.stop();
  });
});
