import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SshBackend } from "../../protocols/ssh/connect/backend.ts";
import { fileAt, forever, limits, open, outcomeOf, run } from "../../protocols/ssh/connect/testing.ts";
import { permitFor } from "../../protocols/testing.ts";
import { scanHostKeys } from "../../protocols/ssh/connect/scan.ts";
import { startBastion, type Bastion } from "./bastion.ts";

let dataDir: string;
let bastion: Bastion;
let backend: SshBackend;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sluice-bastion-"));
  bastion = await startBastion({ dataDir });
  backend = await open({ ...bastion, hostKeys: [bastion.hostKey] });
});
afterAll(async () => {
  await backend.close();
  await bastion.close();
  rmSync(dataDir, { recursive: true });
});

test("the gateway runs commands there, and each line finds the directory of the one before", async () => {
  await outcomeOf(run(backend, "cd shop"));
  expect(await outcomeOf(run(backend, "ls; exit 3"))).toEqual({
    stdout: "clean.sh\nconfig.yaml\ndeploy.sh\n",
    stderr: "",
    exit: { code: 3, signal: null, truncated: false },
  });
});

test("what the gateway cancels ends there", async () => {
  const abort = new AbortController();
  const outcome = outcomeOf(run(backend, "sleep 1000", {}, abort.signal));
  abort.abort();
  const error = await outcome.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "cancelled" });
  expect(error).not.toHaveProperty("extra.outcome");
  expect((await outcomeOf(run(backend, "echo on"))).stdout).toBe("on\n");
});

test("files go up in the gateway's way, as a whole, and come down", async () => {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("uploaded\n");
  }
  for (const replace of [false, true])
    await backend.files.write(
      permitFor(),
      { ...fileAt("/tmp/up.txt"), maxBytes: 1000, mode: 0o640, replace },
      bytes(),
      forever(),
    );
  expect((await outcomeOf(run(backend, "cat /tmp/up.txt; ls -A /tmp"))).stdout).toBe(
    "uploaded\n.keep\nup.txt\n",
  );
  expect(await backend.files.stat(permitFor(), fileAt("/tmp/up.txt"), forever())).toMatchObject({
    kind: "file",
    size: 9,
    mode: 0o640,
  });
});

test("its key is captured as any host's", async () => {
  const { host, port } = bastion;
  expect(
    await scanHostKeys({
      address: { host, port, jumps: [] },
      credential: { jumps: [] },
      limits,
      signal: forever(),
    }),
  ).toEqual([bastion.hostKey]);
});
