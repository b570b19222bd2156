import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TriedCommand } from "../../shared/nouns/tried-command.ts";
import { CommandInput, type Command, type FileCommand } from "../../shared/nouns/command.ts";
import { RecordingEvent } from "../../shared/recording/format.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { maxEntries, maxFileBytes, maxSpooledBytes, maxTextBytes } from "../gate/file-limits.ts";
import type { Sshd } from "../protocols/ssh/testing/sshd.ts";
import { engineer, openGateway, reviewer, someone, type TestGateway } from "./testing.ts";
import { hideCards, openHostDesk, type HostDesk } from "./testing-host.ts";

/** Files of a real host, listed, downloaded and uploaded through every stage. */
const policies = `
@id("enter") permit (principal in Group::"engineers", action == Action::"session.open", resource);
@id("look") permit (principal in Group::"engineers", action in [Action::"file.list", Action::"file.download"], resource);
@id("ask") @review("reviewers")
permit (principal in Group::"engineers", action == Action::"file.upload", resource);
@id("bytes") permit (principal in Group::"engineers", action == Action::"file.binary", resource)
  when { context.facts.reads.contains("/dev/null") || resource in Tag::"bytes=yes" };
@id("run") permit (principal in Group::"engineers", action in Action::"shell.any", resource)
  when { !context.facts.writes };
@id("no-secrets") @say("Not the keys.") forbid (principal, action in Action::"file.any", resource)
  when { context.facts.secrets.contains("private-key") };
@id("no-staying") forbid (principal, action in Action::"file.any", resource)
  when { !context.facts.persistence.isEmpty() };
`;

let desk: HostDesk;
let sshd: Sshd;
let store: HostDesk["store"];
let data: HostDesk["data"];
let gateway: TestGateway;
/** On a host whose bytes may leave it only as text, and on the same one where they may as they are. */
let session: Session;
let open: Session;
let folder: string;
let files = 0;

beforeAll(async () => {
  desk = await openHostDesk(policies, { host: { env: "prod" }, open: { bytes: "yes" } });
  ({ sshd, store, data, gateway } = desk);
  await hideCards(gateway);
  session = await gateway.gate.open(engineer, "host", "a look");
  open = await gateway.gate.open(engineer, "open", "a look");
});
afterAll(() => desk.stop());
beforeEach(() => {
  folder = join(realpathSync(sshd.folder), `files-${(files += 1)}`);
  mkdirSync(folder);
});

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
const spool = () => readdirSync(join(data.path, "spool"));
/** By another gateway on the same disk, whose clock goes before. */
async function sweptAfter(ms: number): Promise<void> {
  const later = await openGateway(store.url, data.path);
  later.wait(ms);
  await later.gate.sweep();
  await later.stop();
}
const asFile = (command: Command): FileCommand => {
  if (command.kind !== "file") throw new TypeError("it is a file command");
  return command;
};

async function run(input: object, within = session): Promise<FileCommand> {
  const { settled } = await gateway.gate.submit({
    actor: engineer,
    session: within.id,
    input: CommandInput.parse(input),
  });
  return asFile(await gateway.gate.command((await settled).id, engineer));
}
const list = (path: string) => run({ file: "list", path });
const download = (path: string, rest: object = {}, within = session) =>
  run({ file: "download", path, ...rest }, within);

async function contentOf({ id }: Pick<Command, "id">, actor = engineer): Promise<Buffer> {
  const { content } = await gateway.gate.content(id, actor);
  const pieces: Uint8Array[] = [];
  for await (const piece of content?.bytes ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 40_000) yield bytes.subarray(from, from + 40_000);
}
async function upload(path: string, bytes: Uint8Array, key?: string): Promise<FileCommand> {
  const content = await gateway.gate.receive(session.id, engineer, inPieces(bytes));
  try {
    const input = CommandInput.parse({ file: "upload", path, content: content.content });
    const asked = { actor: engineer, session: session.id, input, content, key };
    const { settled } = await gateway.gate.submit(asked);
    return asFile(await gateway.gate.command((await settled).id, engineer));
  } finally {
    await content.drop();
  }
}
async function approve(held: FileCommand): Promise<FileCommand> {
  if (held.review === undefined) throw new TypeError("it is held");
  const review = await gateway.approvals.get(held.review.id);
  await gateway.gate.vote(review.id, reviewer, { verdict: "approve", sha256: review.sha256, comment: "" });
  return ended(held);
}
async function ended({ id }: Pick<Command, "id">): Promise<FileCommand> {
  for (;;) {
    const command = await gateway.gate.command(id, engineer, 1_000);
    if (command.finishedAt !== undefined) return asFile(command);
  }
}
async function eventsOf({ id }: Command, within = session): Promise<RecordingEvent[]> {
  const events: RecordingEvent[] = [];
  const length = await gateway.journal.recordings.length(within.id);
  for await (const json of gateway.journal.recordings.follow(within.id)) {
    const event = RecordingEvent.parse(JSON.parse(json));
    if ("command" in event && event.command === id) events.push(event);
    if (event.type !== "opened" && "command" in event && event.command === id && event.type === "outcome")
      break;
    if (events.length > length) break;
  }
  return events;
}

describe("a listing", () => {
  test("tells what each entry is, and masks names", async () => {
    writeFileSync(join(folder, "a.txt"), "hello", { mode: 0o600 });
    writeFileSync(join(folder, "4111111111111111.csv"), "");
    mkdirSync(join(folder, "sub"));
    symlinkSync("a.txt", join(folder, "link"));
    const listed = await list(folder);
    expect(listed).toMatchObject({
      state: "completed",
      resolved: folder,
      decision: { effect: "allow", policies: ["look"] },
      result: {
        truncated: false,
        entries: [
          { name: "a.txt", kind: "file", size: 5, mode: 0o600 },
          { name: "link", kind: "link" },
          { name: "sub", kind: "directory" },
          { name: "•••.csv" },
        ],
      },
      masked: [{ field: "name", class: "card" }],
    });
    expect((await eventsOf(listed)).map(({ type }) => type)).toEqual(["file", "state", "entries", "outcome"]);
  });

  test("says what reading a file would give away, as a download of it is judged", async () => {
    for (const name of ["id_ed25519", "id_ed25519.pub", ".env", "notes.md"])
      writeFileSync(join(folder, name), "");
    mkdirSync(join(folder, "id_rsa"));
    const { result } = await list(folder);
    expect(result?.entries?.filter(({ secrets }) => secrets !== undefined)).toMatchObject([
      { name: ".env", secrets: ["environment"] },
      { name: "id_ed25519", secrets: ["private-key"] },
    ]);
  });

  test("is bounded, and says so", async () => {
    for (let n = 0; n <= maxEntries; n += 1) writeFileSync(join(folder, `f${n}`), "");
    const { result } = await list(folder);
    expect(result?.truncated).toBe(true);
    expect(result?.entries).toHaveLength(maxEntries);
  });

  test("of what is not there, or of a file, fails with the reason", async () => {
    expect(await list(join(folder, "none"))).toMatchObject({
      state: "failed",
      error: { code: "file_not_found" },
    });
  });

  test("begins at the user's home", async () => {
    expect((await list("~")).resolved).toBe((await list(".")).resolved);
  });
});

describe("a downloaded text", () => {
  test("is masked, wherever the host's blocks cut it, and known by what was given and what was shown", async () => {
    // A card across every border of 32 KiB, with letters of two bytes before it.
    const line = `${"ü".repeat(40)} 4111 1111 1111 1111 ok\n`;
    const text = line.repeat(3_000);
    const path = join(folder, "cards.txt");
    writeFileSync(path, text);
    const done = await download(path);
    const shown = text.replaceAll("4111 1111 1111 1111", "•••");
    expect(done).toMatchObject({
      state: "completed",
      masked: [{ field: "content", class: "card" }],
      result: {
        host: { bytes: Buffer.byteLength(text), sha256: sha256(text) },
        shown: { bytes: Buffer.byteLength(shown), sha256: sha256(shown) },
      },
    });
    expect((await contentOf(done)).toString()).toBe(shown);
    const recorded = await eventsOf(done);
    expect(recorded.map((event) => (event.type === "content" ? event.text : "")).join("")).toBe(shown);
    const [entry] = await gateway.journal.ledger.page((done.evidence?.outcome ?? 1) - 1, 1);
    expect(entry?.body).toMatchObject({
      host: { sha256: sha256(text) },
      shown: { sha256: sha256(shown) },
    });
  });

  test("is the text to the byte, with its mark, and without an end of line", async () => {
    for (const text of ["", "\uFEFFmarked\r\n", "no end", "🙂".repeat(50_000)]) {
      const path = join(folder, "exact.txt");
      writeFileSync(path, text);
      expect((await contentOf(await download(path))).toString()).toBe(text);
    }
  });

  test("is nobody else's to fetch", async () => {
    writeFileSync(join(folder, "mine.txt"), "mine\n");
    const done = await download(join(folder, "mine.txt"));
    await expect(contentOf(done, someone("eve", ["engineers"]))).rejects.toMatchObject({ code: "not_found" });
  });

  test("larger than may be recorded is refused before it begins", async () => {
    const path = join(folder, "large.txt");
    writeFileSync(path, "");
    truncateSync(path, maxTextBytes + 1);
    expect(await download(path)).toMatchObject({ state: "failed", error: { code: "too_large" } });
  });

  test("that was not finished gives no content", async () => {
    const none = await download(join(folder, "none"));
    expect(none).toMatchObject({ state: "failed", error: { code: "file_not_found" } });
    expect((await gateway.gate.content(none.id, engineer)).content).toBeUndefined();
  });
});

describe("what is no text", () => {
  test.each([
    ["a NUL", Buffer.from("text\0more")],
    ["bytes that are no UTF-8", Buffer.from([0x61, 0xff, 0x62])],
    ["a character that is cut off", Buffer.from("é").subarray(0, 1)],
    ["a NUL far behind", Buffer.concat([Buffer.alloc(200_000, "a\n"), Buffer.from([0])])],
  ])("for %s is refused as a text", async (_, bytes) => {
    const path = join(folder, "bytes");
    writeFileSync(path, bytes);
    const refused = await download(path);
    expect(refused).toMatchObject({
      state: "failed",
      error: { code: "not_text", hint: expect.stringContaining("binary=true") },
    });
    expect((await gateway.gate.content(refused.id, engineer)).content).toBeUndefined();
  });

  test("comes as it is where policy lets bytes out, with its hash and size in the recording alone", async () => {
    const bytes = randomBytes(200_000);
    const path = join(folder, "photo");
    writeFileSync(path, bytes);
    expect(await download(path, { binary: true })).toMatchObject({
      state: "blocked",
      decision: { facts: { actions: ["file.binary", "file.download"] } },
    });
    const done = await download(path, { binary: true }, open);
    const known = { bytes: bytes.length, sha256: sha256(bytes) };
    expect(done).toMatchObject({ state: "completed", result: { host: known, shown: known } });
    expect((await contentOf(done)).equals(bytes)).toBe(true);
    expect((await eventsOf(done, open)).map(({ type }) => type)).toEqual([
      "file",
      "state",
      "transfer",
      "outcome",
    ]);
  });

  test("is kept to be fetched for some time, and then no more", async () => {
    writeFileSync(join(folder, "kept"), "\0");
    const done = await download(join(folder, "kept"), { binary: true }, open);
    expect((await contentOf(done)).length).toBe(1);
    await sweptAfter(1_000);
    expect((await contentOf(done)).length).toBe(1);
    await sweptAfter(20 * 60_000);
    expect(spool().filter((name) => name.startsWith(done.id))).toEqual([]);
    await expect(contentOf(done)).rejects.toMatchObject({ code: "content_gone" });
  });
});

describe("a path", () => {
  test("is judged by where the host says it leads", async () => {
    const keys = join(folder, ".ssh");
    mkdirSync(keys);
    writeFileSync(join(keys, "id_ed25519"), "secret");
    symlinkSync(join(keys, "id_ed25519"), join(folder, "notes.txt"));
    symlinkSync(keys, join(folder, "way"));
    mkdirSync(join(folder, "a"));
    for (const path of ["notes.txt", "way/id_ed25519", "a/../.ssh//./id_ed25519", "way/../.ssh/id_ed25519"])
      expect([path, await download(join(folder, "x").slice(0, -1) + path)]).toMatchObject([
        path,
        {
          state: "blocked",
          resolved: join(keys, "id_ed25519"),
          decision: { policies: ["no-secrets"] },
        },
      ]);
  });

  test("with a line break in it is the file of that name", async () => {
    const path = join(folder, "a\nb; rm -rf .txt");
    writeFileSync(path, "odd\n");
    const done = await download(path);
    expect((await contentOf(done)).toString()).toBe("odd\n");
    expect(done.decision?.facts?.subject).toContain(String.raw`a\nb`);
    mkdirSync(join(folder, ".ssh"));
    writeFileSync(join(folder, ".ssh", "id\nodd"), "secret");
    expect(await download(join(folder, ".ssh", "id\nodd"))).toMatchObject({ state: "blocked" });
  });

  test("with NUL, or too long, is no path", () => {
    for (const path of ["a\0b", "a".repeat(5_000), ""])
      expect(CommandInput.safeParse({ file: "list", path }).success).toBe(false);
  });

  test("that nobody may look at tells nothing of what is there", async () => {
    const there = await download("/root/.ssh/id_rsa");
    const none = await download("/root/.ssh/id_rsa_none.pem");
    expect([there.state, none.state]).toEqual(["blocked", "blocked"]);
  });
});

describe("an upload", () => {
  test("is read by somebody else, and then these bytes are written once", async () => {
    const path = join(folder, "new.conf");
    const text = "listen 8080;\n";
    const held = await upload(path, Buffer.from(text));
    expect(held).toMatchObject({ state: "held", replaces: false, resolved: path });
    expect(existsSync(path)).toBe(false);
    const review = await gateway.approvals.get(held.review?.id as never);
    expect(review).toMatchObject({
      original: `upload ${path}`,
      sql: `upload ${path} as a new file: 13 bytes, sha256 ${sha256(text)}`,
      parameters: [text],
    });
    expect(await approve(held)).toMatchObject({
      state: "completed",
      result: { host: { bytes: 13, sha256: sha256(text) } },
    });
    expect(readFileSync(path, "utf8")).toBe(text);
    await expect.poll(spool).not.toContainEqual(expect.stringContaining(held.id));
    writeFileSync(path, "changed since");
    await gateway.gate.sweep();
    expect(readFileSync(path, "utf8")).toBe("changed since");
  });

  test("of bytes is known to its reviewers by hash and size, whatever its size", async () => {
    const bytes = randomBytes(3_000_000);
    const path = join(folder, "patch.tar.gz");
    const held = await upload(path, bytes);
    const review = await gateway.approvals.get(held.review?.id as never);
    expect(review.sql).toContain(`3000000 bytes, sha256 ${sha256(bytes)}`);
    expect(review.parameters).toEqual([]);
    expect(await approve(held)).toMatchObject({ state: "completed" });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toEqual(["patch.tar.gz"]);
  });

  test("whose bytes have changed where they waited is refused, and nothing is written", async () => {
    for (const [name, change] of [
      ["other", (kept: string) => writeFileSync(kept, "evil!")],
      ["longer", (kept: string) => writeFileSync(kept, "good!!")],
      ["gone", (kept: string) => rmSync(kept)],
    ] as const) {
      const path = join(folder, name);
      const held = await upload(path, Buffer.from("good!"));
      const kept = spool().find((file) => file.startsWith(held.id)) ?? "";
      change(join(data.path, "spool", kept));
      expect([name, await approve(held)]).toMatchObject([
        name,
        { state: "failed", error: { code: "content_gone" } },
      ]);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  test("is reviewed anew where its place has changed since", async () => {
    const path = join(folder, "place");
    const appeared = await upload(path, Buffer.from("mine"));
    writeFileSync(path, "somebody else's");
    expect(await approve(appeared)).toMatchObject({ state: "blocked", error: { code: "stale_authority" } });
    expect(readFileSync(path, "utf8")).toBe("somebody else's");

    mkdirSync(join(folder, "in"));
    const moved = await upload(join(folder, "in", "file"), Buffer.from("mine"));
    renameSync(join(folder, "in"), join(folder, "out"));
    mkdirSync(join(folder, ".ssh"));
    symlinkSync(join(folder, ".ssh"), join(folder, "in"));
    expect(await approve(moved)).toMatchObject({ state: "blocked", error: { code: "stale_authority" } });
    expect(readdirSync(join(folder, ".ssh"))).toEqual([]);
  });

  test("replaces a link instead of writing through it, and says that it replaces", async () => {
    writeFileSync(join(folder, "real"), "old");
    symlinkSync(join(folder, "real"), join(folder, "link"));
    const held = await upload(join(folder, "link"), Buffer.from("new"));
    expect(held).toMatchObject({ replaces: true, resolved: join(folder, "link") });
    await approve(held);
    expect([readFileSync(join(folder, "real"), "utf8"), readFileSync(join(folder, "link"), "utf8")]).toEqual([
      "old",
      "new",
    ]);
  });

  test("that policy blocks, or a reviewer rejects, leaves nothing here or there", async () => {
    mkdirSync(join(folder, ".ssh"));
    const blocked = await upload(join(folder, ".ssh", "authorized_keys"), Buffer.from("ssh-ed25519 A"));
    expect(blocked).toMatchObject({ state: "blocked", decision: { policies: ["no-staying"] } });
    const held = await upload(join(folder, "file"), Buffer.from("x"));
    await gateway.gate.cancel(held.id, engineer);
    expect(await ended(held)).toMatchObject({ state: "withdrawn" });
    await sweptAfter(1_000);
    expect(spool().filter((name) => name.startsWith(blocked.id) || name.startsWith(held.id))).toEqual([]);
    expect(readdirSync(folder)).toEqual([".ssh"]);
  });

  test("sent twice with one key is one command", async () => {
    const path = join(folder, "twice");
    const one = await upload(path, Buffer.from("same"), `key-${folder}`);
    const two = await upload(path, Buffer.from("same"), `key-${folder}`);
    expect(two.id).toBe(one.id);
    await expect(upload(path, Buffer.from("other"), `key-${folder}`)).rejects.toMatchObject({
      code: "idempotency_conflict",
    });
    expect(await approve(one)).toMatchObject({ state: "completed" });
    expect(spool().filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("without its bytes is no upload", async () => {
    const input = { file: "upload", path: "/x", content: { bytes: 1, sha256: sha256("x") } };
    await expect(run(input)).rejects.toMatchObject({ code: "invalid" });
  });

  test("that names a folder is refused", async () => {
    await expect(upload(`${folder}/`, Buffer.from("x"))).rejects.toMatchObject({ code: "file_refused" });
  });

  test("is bounded, by itself and with what else waits of its actor", async () => {
    async function* zeros(bytes: number): AsyncGenerator<Uint8Array> {
      const piece = new Uint8Array(1024 * 1024);
      for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
    }
    const much = someone("much", ["engineers"]);
    const receive = (bytes: number, actor = much) => gateway.spool.receive(actor.id, zeros(bytes));
    await expect(receive(maxFileBytes + 1)).rejects.toMatchObject({ code: "too_large" });
    const waiting = [];
    for (let bytes = 0; bytes < maxSpooledBytes; bytes += maxFileBytes)
      waiting.push(await receive(maxFileBytes));
    await expect(receive(1)).rejects.toMatchObject({ code: "rate_limited" });
    await (await receive(1, reviewer)).drop();
    for (const one of waiting) await one.drop();
    await (await receive(1)).drop();
  });

  test("survives the gateway while it is held", async () => {
    const path = join(folder, "after-a-restart");
    const held = await upload(path, Buffer.from("still here"));
    await gateway.stop();
    gateway = desk.gateway = await openGateway(store.url, data.path);
    expect(await approve(held)).toMatchObject({ state: "completed" });
    expect(readFileSync(path, "utf8")).toBe("still here");
  });
});

test("a cancelled download is ended at the host", async () => {
  const path = join(folder, "long.txt");
  writeFileSync(path, "a line\n".repeat(2_000_000));
  const input = CommandInput.parse({ file: "download", path });
  let cancelled: Promise<unknown> | undefined;
  const { settled } = await gateway.gate.submit({
    actor: engineer,
    session: session.id,
    input,
    viewer: {
      async show({ event }) {
        if (event.type === "content" && "command" in event)
          await (cancelled ??= gateway.gate.cancel(event.command, engineer));
      },
    },
  });
  expect(await settled).toMatchObject({ state: "cancelled" });
  expect((await run({ file: "list", path: folder })).state).toBe("completed");
});

test("files move while a command runs, also those that were held", async () => {
  const running = await gateway.gate.submit({
    actor: engineer,
    session: session.id,
    input: CommandInput.parse({ command: "sleep 600", timeoutSeconds: 600 }),
  });
  await expect
    .poll(async () => (await gateway.journal.commands.get(running.id))?.command.state)
    .toBe("running");
  expect(await list(folder)).toMatchObject({ state: "completed" });
  const path = join(folder, "beside");
  expect(await approve(await upload(path, Buffer.from("beside")))).toMatchObject({ state: "completed" });
  expect((await gateway.gate.command(running.id, engineer)).state).toBe("running");
  await gateway.gate.cancel(running.id, engineer);
  await running.settled;
});

test("what is asked of another kind of target is told so", async () => {
  await expect(
    gateway.gate.evaluate(engineer, "host", { sql: "select 1", parameters: [], maxRows: 1 }),
  ).rejects.toMatchObject({ code: "target_kind" });
  expect(
    await gateway.gate.evaluate(
      engineer,
      "host",
      CommandInput.parse({ file: "download", path: "/srv/../root/.ssh/id_rsa" }),
    ),
  ).toMatchObject({ decision: { effect: "block", policies: ["no-secrets"] } });
});

test("whatever a policy can name at a host can be tried, without anything there being asked", async () => {
  const { evaluate } = gateway.gate;
  const named = async (tried: TriedCommand, policies?: string) => {
    const { decision } = await evaluate(engineer, "host", tried, { policies });
    return { effect: decision.effect, actions: decision.facts?.actions };
  };
  expect(await named({ terminal: "raw" })).toEqual({ effect: "block", actions: ["shell.raw"] });
  const raw = `@id("raw") permit (principal, action == Action::"shell.raw", resource);`;
  expect(await named({ terminal: "raw" }, raw)).toEqual({ effect: "allow", actions: ["shell.raw"] });
  const line = "trap - DEBUG";
  expect((await named({ terminal: "line", command: line })).actions).toContain("shell.tamper");
  expect((await named(CommandInput.parse({ command: line }))).actions).not.toContain("shell.tamper");
  expect((await named({ file: "upload", path: "/srv/notes", bytes: 12 })).actions).toEqual(["file.upload"]);
  expect((await named({ file: "list", path: "/srv" })).actions).toEqual(["file.list"]);

  const stranger = { ...engineer, groups: [] };
  await expect(evaluate(stranger, "host", { terminal: "raw" })).rejects.toMatchObject({ code: "not_found" });
  expect(await evaluate(stranger, "host", { terminal: "raw" }, { asOther: true })).toMatchObject({
    mayOpen: { allowed: false, reasons: [expect.any(String)] },
    decision: { effect: "block" },
  });
});
