import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Session } from "../../shared/nouns/session.ts";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-evidence-"));
const path = (name: string) => join(folder, name);
test.afterAll(() => rmSync(folder, { recursive: true }));

/** The verifier, away from the gateway. */
function verify(...files: string[]): { status: number | null; output: string } {
  const run = spawnSync(process.execPath, [join(root, "tools", "verify.mjs"), ...files.map(path)], {
    encoding: "utf8",
  });
  return { status: run.status, output: run.stdout + run.stderr };
}

/** The file with one bit of one byte turned. */
function flipped(name: string, at: number): string {
  const bytes = Buffer.from(readFileSync(path(name)));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path("flipped"), bytes);
  return "flipped";
}
const lineAt = (bytes: Buffer, at: number) => bytes.subarray(0, at).toString("latin1").split("\n").length;

/** A word that stands in one command alone. */
const word = "wiederkehrwert";
let mara: Client;
let elif: Client;
let session: Session;

test.beforeAll(async ({ as }) => {
  [mara, elif] = await Promise.all([as("demo-engineer"), as("demo-auditor")]);
  session = await mara.open("shop", "quarterly figures");
  await mara.run(session, `SELECT id, name, email AS ${word} FROM customers ORDER BY id LIMIT 50`);
  await mara.send(session, "DELETE FROM orders");
  await mara.run(session, "SELECT email::int FROM customers");
  const held = await mara.run(session, "UPDATE orders SET note = 'evidence' WHERE id = 21");
  const tomas = await as("demo-reviewer");
  const { sha256 } = await tomas.review(held.review?.id ?? "");
  await tomas.vote(held.review?.id ?? "", "approve", sha256, "seen");
  await mara.until(held.id, ["held", "running"]);
  await mara.delete(`/api/sessions/${session.id}`);
});

test("an auditor finds the session by a word in a command, and so does who typed it, and nobody else", async ({
  as,
}) => {
  for (const client of [elif, mara])
    expect(await client.get(`/api/recordings?q=${word}`)).toMatchObject({
      status: 200,
      body: {
        recordings: [
          {
            session: session.id,
            actorName: "Mara Lindqvist",
            target: "shop",
            matches: [{ effect: "allow", state: "completed" }],
          },
        ],
      },
    });
  for (const who of ["demo-reviewer", "demo-admin", "demo-agent"] as const) {
    const other = await as(who);
    expect((await other.get(`/api/recordings?q=${word}`)).body).toEqual({ recordings: [] });
    for (const part of ["", "/file"])
      expect((await other.get(`/api/recordings/${session.id}${part}`)).status).toBe(404);
  }
});

test("searches by verdict, actor, target and time", async () => {
  const found = async (query: string) =>
    Object((await elif.get(`/api/recordings?q=orders&${query}`)).body).recordings.some(
      (one: { session: string }) => one.session === session.id,
    );
  const me = encodeURIComponent(session.actor);
  expect(await found("verdict=block")).toBe(true);
  expect(await found(`actor=${me}`)).toBe(true);
  expect(await found("target=shop")).toBe(true);
  expect(await found("target=other")).toBe(false);
  expect(await found(`from=${session.openedAt}`)).toBe(true);
  expect(await found(`to=${session.openedAt}`)).toBe(false);
});

test("replays what the viewer saw, event by event, masked", async () => {
  const { body } = await elif.get(`/api/recordings/${session.id}`);
  expect(body).toMatchObject({ session: session.id, live: false });
  const events: { type: string; state?: string }[] = Object(body).events;
  const types = events.map(({ type, state }) =>
    type === "outcome" || type === "state" ? `${type} ${state}` : type,
  );
  expect(types[0]).toBe("opened");
  expect(types.at(-1)).toBe("closed");
  for (const type of [
    "command",
    "held",
    "vote",
    "columns",
    "rows",
    "statement",
    "outcome blocked",
    "outcome failed",
    "outcome completed",
  ])
    expect(types).toContain(type);
  const failure = events.find(({ type, state }) => type === "outcome" && state === "failed");
  expect(failure).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  const held = events.findIndex(({ type }) => type === "held");
  expect(types.slice(held)).toEqual([
    "held",
    "vote",
    "state running",
    "statement",
    "outcome completed",
    "closed",
  ]);
});

test.describe("a downloaded file", () => {
  test.beforeAll(async () => {
    const save = async (name: string, at: string) => writeFileSync(path(name), (await elif.get(at)).text);
    await save("session.rec", `/api/recordings/${session.id}/file`);
    await save("ledger.jsonl", "/api/ledger/file");
    await save("key.json", "/api/ledger/key");
  });

  test("passes the off-line verifier, alone, with the key, and against the ledger", () => {
    const alone = spawnSync("npm", ["run", "--silent", "verify", "--", path("session.rec")], {
      cwd: root,
      encoding: "utf8",
    });
    expect(alone.stdout).toMatch(new RegExp(`ok +session.rec: recording of ${session.id}`));
    expect(alone.status).toBe(0);
    const all = verify("key.json", "ledger.jsonl", "session.rec");
    expect(all.status, all.output).toBe(0);
    expect(all.output).toMatch(/ledger, entries 1 to \d+/);
    expect(all.output).toMatch(/Entry \d+ of the ledger vouches for it/);
    expect(all.output).not.toContain("note");
  });

  test("fails with any byte turned, naming the line", () => {
    for (const name of ["session.rec", "ledger.jsonl"]) {
      const bytes = readFileSync(path(name));
      const lines = bytes.toString("latin1").split("\n").length - 1;
      const second = bytes.indexOf("\n") + 1;
      const last = bytes.lastIndexOf("\n", bytes.length - 2) + 1;
      const places = [
        0,
        second - 2,
        second + 3,
        second + 90,
        Math.floor(bytes.length / 2),
        last - 3,
        last + 20,
        bytes.length - 20,
      ];
      for (const at of places) {
        const { status, output } = verify("key.json", flipped(name, at));
        expect(status, `${name} byte ${at}: ${output}`).toBe(1);
        const named = Number(/line (\d+)/.exec(output)?.[1]);
        expect(named, `${name} byte ${at}: ${output}`).toBeGreaterThanOrEqual(1);
        // A turned byte is found where it stands, or where the next thing vouches for it.
        expect(named).toBeLessThanOrEqual(lines);
        if (name === "session.rec" && at < last) expect(named).toBe(lineAt(bytes, at));
      }
    }
  });

  test("fails cut short, with a line left out, or with two in another order", () => {
    const lines = readFileSync(path("session.rec"), "utf8").split("\n");
    const [a = "", b = "", c = ""] = lines.slice(2, 5);
    const forgeries = {
      cut: lines.slice(0, -4).join("\n") + "\n",
      unsealed: lines.slice(0, -2).join("\n") + "\n",
      missing: lines.toSpliced(3, 1).join("\n"),
      swapped: lines.toSpliced(2, 3, b, a, c).join("\n"),
    };
    for (const [name, text] of Object.entries(forgeries)) {
      writeFileSync(path(name), text);
      const { status, output } = verify("key.json", name);
      expect(status, `${name}: ${output}`).toBe(1);
      expect(output).toContain(`FAIL  ${name}: line `);
    }
  });

  test("of another gateway is not taken for one of ours", () => {
    const stranger = {
      keys: [
        {
          keyId: "0123456789abcdef",
          jwk: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
          since: "2026-01-01T00:00:00.000Z",
        },
      ],
    };
    writeFileSync(path("stranger.json"), JSON.stringify(stranger));
    expect(verify("stranger.json", "session.rec").status).toBe(1);
  });
});

test("the ledger brackets each effect, and holds who looked", async () => {
  const entries: { kind: string; session: string | null; actor: string }[] = [];
  for (let after = 0; ;) {
    const { body } = await elif.get(`/api/ledger?after=${after}&limit=1000`);
    const page = Object(body).entries;
    entries.push(...page);
    if (page.length < 1000) break;
    after = page.at(-1).seq;
  }
  const kinds = entries.filter((entry) => entry.session === session.id).map(({ kind }) => kind);
  const bracket = kinds.filter((kind) => kind.startsWith("command.") || kind.startsWith("review."));
  expect(bracket).toEqual([
    "command.intent",
    "command.outcome",
    "command.blocked",
    "command.intent",
    "command.outcome",
    "review.opened",
    "review.vote",
    "review.decided",
    "command.intent",
    "command.outcome",
  ]);
  expect(kinds[0]).toBe("session.opened");
  expect(kinds).toContain("session.closed");
  expect(kinds).toContain("recording.viewed");
  for (const who of [mara]) expect((await who.get("/api/ledger")).status).toBe(403);
});
