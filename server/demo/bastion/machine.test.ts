import { afterEach, expect, test } from "vitest";
import { Machine } from "./machine.ts";

let machine: Machine;
afterEach(() => machine.stop());

const never = (): AbortSignal => new AbortController().signal;
const run = (line: string, signal = never()) => machine.run(line, Buffer.alloc(0), undefined, signal);

test("a machine that is stuck is ended, and starts anew as it was at first", async () => {
  machine = new Machine({ stuckMs: 500, maxCommands: 100_000_000 });
  await run("rm -rf /var/log");
  await expect(machine.list("/var/log")).rejects.toThrow(/^ENOENT/);
  // Code that never gives the thread's event loop a turn.
  const stuck = run("while true; do echo x >/dev/null; done");
  const beside = machine.list("/");
  beside.catch(() => undefined);
  await expect(stuck).rejects.toThrow(/started anew/);
  expect((await machine.list("/var/log")).map((entry) => entry.name)).toContain("auth.log");
});

test("a command is ended at its signal, and the machine goes on", async () => {
  machine = new Machine();
  const abort = new AbortController();
  const sleeping = run("sleep 1000", abort.signal);
  await run("touch /tmp/there");
  abort.abort();
  expect((await sleeping).exitCode).not.toBe(0);
  expect((await machine.stat("/tmp/there")).kind).toBe("file");
});

test("what waits when it is stopped is told", async () => {
  machine = new Machine();
  const sleeping = run("sleep 1000");
  const told = sleeping.catch((error: unknown) => error);
  await machine.stop();
  expect(await told).toMatchObject({ message: "The demo host was stopped." });
});
