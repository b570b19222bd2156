import { Readable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { verifyFile } from "../../shared/recording/verify.ts";
import { loadConfig } from "../config/load.ts";
import { freshDatabase } from "../db/testing.ts";
import { temporaryFolder } from "../journal/testing.ts";
import { taskOf } from "./command-line.ts";
import { openGateway, settingsOf, type TestGateway } from "./testing.ts";

let store: Awaited<ReturnType<typeof freshDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: TestGateway;

beforeAll(async () => {
  [store, folder] = await Promise.all([freshDatabase({ migrate: true }), temporaryFolder()]);
  gateway = await openGateway(store.url, folder.path);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await gateway?.stop();
  await store?.drop();
  await folder?.remove();
});

const log = pino({ enabled: false });
/** Runs a task with the gateway's settings and these, and gives its exit status. */
function run(words: string, settings: Record<string, string> = {}): Promise<number> {
  const { config, secrets } = loadConfig({ ...settingsOf(store.url, folder.path), ...settings }, folder.path);
  return taskOf(words.split(" "))?.(config, secrets, log) ?? Promise.reject(new Error("no task"));
}
const note = () =>
  gateway.journal.note({ kind: "catalog.read", actor: null, session: null, command: null, body: {} });

test("keys rotate puts a new key in force under the gateway that runs; who trusts the old one is led to it", async () => {
  const told = vi.spyOn(console, "log").mockImplementation(() => {});
  await note();
  const { keys: before } = await gateway.journal.ledger.keys();
  expect(await run("keys rotate")).toBe(0);
  const { keys: after } = await gateway.journal.ledger.keys();
  expect(after).toHaveLength(2);
  const fresh = after.find(({ keyId }) => keyId !== before[0]?.keyId)?.keyId;
  expect(told.mock.calls.flat().join("\n")).toContain(`Key ${fresh} signs the ledger from now on`);

  await note();
  expect(await gateway.journal.ledger.sign()).toMatchObject({ keyId: fresh });
  const lines = Readable.from(gateway.journal.ledger.export()).map((line: string) => Buffer.from(line));
  expect(await verifyFile(lines, { trusted: before })).toMatchObject({ ok: true, trusted: true });
  const entries = await gateway.journal.ledger.page(0, 100);
  expect(entries.filter(({ kind }) => kind === "key.rotated")).toMatchObject([{ actor: null }]);
});

test("what is no task is refused, and starts no gateway", () => {
  expect(taskOf([])).toBeUndefined();
  expect(() => taskOf(["keys", "rotat"])).toThrow(/"keys rotat" is no task. Known: apply, keys rotate./);
});

test("a file that is not named cannot be applied", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(await run("apply")).toBe(2);
  expect(said.mock.calls.flat().join("")).toContain("SLUICE_FILE names no file");
});
