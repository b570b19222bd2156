import { createHash, randomUUID } from "node:crypto";
import { FileCommand } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { read, type Client } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

/** Files of the demo's host over REST, as an agent's script would move them. */
let mara: Client;
let robot: Client;
let tomas: Client;
let session: Session;
test.beforeAll(async ({ as }) => {
  [mara, robot, tomas] = await Promise.all([as("demo-engineer"), as("demo-agent"), as("demo-reviewer")]);
  session = await mara.open("bastion", "INC-2302 wrong limits");
});
test.afterAll(async () => {
  await mara.delete(`/api/sessions/${session.id}`);
});

const at = (of: Session, path: string, more = "") =>
  `/api/sessions/${of.id}/files/content?path=${encodeURIComponent(path)}${more}`;
const put = async (client: Client, of: Session, path: string, bytes: BodyInit, key = randomUUID()) =>
  read(
    await fetch(client.url + at(of, path), {
      method: "PUT",
      headers: {
        authorization: `Bearer ${client.token}`,
        "content-type": "application/octet-stream",
        "idempotency-key": key,
      },
      body: bytes,
    }),
  );
const sha256 = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");

async function approved(held: FileCommand): Promise<FileCommand> {
  const review = await tomas.review(held.review?.id ?? "");
  expect((await tomas.vote(review.id, "approve", review.sha256)).status).toBe(200);
  for (;;) {
    const { body } = await mara.get(`/api/commands/${held.id}?waitSeconds=10`);
    const command = FileCommand.parse(body);
    if (command.state !== "held" && command.state !== "running") return command;
  }
}

test("a folder is listed, and a log comes down masked, whole and with its digest", async () => {
  const listed = FileCommand.parse(
    (await mara.get(`/api/sessions/${session.id}/files?path=/var/log/shop`)).body,
  );
  expect(listed.result?.entries).toContainEqual(expect.objectContaining({ name: "app.log", kind: "file" }));

  const log = await mara.get(at(session, "/var/log/shop/app.log"));
  expect(log.status).toBe(200);
  expect(log.headers.get("content-type")).toContain("text/plain");
  expect(log.headers.get("content-disposition")).toContain("app.log");
  expect(log.text).toContain("card •••");
  expect(log.text).not.toMatch(/\d{4} \d{4} \d{4} \d{4}/);
  const digest = Buffer.from(sha256(log.text), "hex").toString("base64");
  expect(log.headers.get("repr-digest")).toBe(`sha-256=:${digest}:`);

  const id = log.headers.get("sluice-command") ?? "";
  expect((await mara.get(`/api/commands/${id}/content`)).text).toBe(log.text);
  expect(FileCommand.parse((await mara.get(`/api/commands/${id}`)).body)).toMatchObject({
    state: "completed",
    masked: expect.arrayContaining([expect.objectContaining({ field: "content", class: "card" })]),
  });
});

test("keys stay, by whatever name they are asked for", async () => {
  for (const path of ["~/.ssh/id_ed25519", "/tmp/../home/demo/.ssh/id_ed25519", ".ssh//id_ed25519"])
    expect([path, (await mara.get(at(session, path))).body]).toMatchObject([
      path,
      { code: "blocked", hint: expect.stringContaining("Credentials stay") },
    ]);
});

test("a change is read by somebody else, written once, and read back", async () => {
  const text = `limit: ${randomUUID()}\n`;
  const key = randomUUID();
  const sent = await put(mara, session, "shop/limits.yaml", text, key);
  expect(sent.status).toBe(202);
  const held = FileCommand.parse(sent.body);
  expect(FileCommand.parse((await put(mara, session, "shop/limits.yaml", text, key)).body).id).toBe(held.id);
  expect(await put(mara, session, "shop/limits.yaml", "other", key)).toMatchObject({
    status: 409,
    body: { code: "idempotency_conflict" },
  });
  expect(await mara.get(at(session, "shop/limits.yaml"))).toMatchObject({
    status: 404,
    body: { code: "file_not_found" },
  });

  const review = await tomas.review(held.review?.id ?? "");
  expect(review.sql).toContain(`sha256 ${sha256(text)}`);
  expect(review.parameters).toEqual([text]);
  expect(await approved(held)).toMatchObject({
    state: "completed",
    result: { host: { bytes: text.length, sha256: sha256(text) } },
  });
  expect((await mara.get(at(session, "shop/limits.yaml"))).text).toBe(text);
});

test("what is no text needs a reviewer, and is fetched by the command that was approved", async () => {
  const bytes = Buffer.from([0, 1, 2, 255, 254, 10, 0]);
  expect(
    await approved(FileCommand.parse((await put(mara, session, "/tmp/blob", bytes)).body)),
  ).toMatchObject({
    state: "completed",
  });
  expect((await mara.get(at(session, "/tmp/blob"))).body).toMatchObject({
    code: "not_text",
    status: 409,
    hint: expect.stringContaining("binary=true"),
  });

  const asked = await mara.get(at(session, "/tmp/blob", "&binary=true"));
  expect(asked.status).toBe(202);
  const held = FileCommand.parse(asked.body);
  expect((await mara.get(`/api/commands/${held.id}/content`)).status).toBe(202);
  await approved(held);
  const fetched = await fetch(`${mara.url}/api/commands/${held.id}/content`, {
    headers: { authorization: `Bearer ${mara.token}` },
  });
  expect(fetched.headers.get("content-type")).toBe("application/octet-stream");
  expect(Buffer.from(await fetched.arrayBuffer()).equals(bytes)).toBe(true);
  expect((await robot.get(`/api/commands/${held.id}/content`)).status).toBe(404);
});

test("an agent lists and reads, takes no bytes that nobody can mask, and leaves nothing that stays", async () => {
  const own = await robot.open("bastion", "health check");
  expect((await robot.get(`/api/sessions/${own.id}/files`)).status).toBe(200);
  expect((await robot.get(at(own, "/tmp/blob", "&binary=true"))).body).toMatchObject({ code: "blocked" });
  expect((await put(robot, own, "/etc/cron.d/job", "* * * * * x")).body).toMatchObject({ code: "blocked" });
  expect((await put(robot, session, "/tmp/x", "x")).status).toBe(404);
  await robot.delete(`/api/sessions/${own.id}`);
});

test("what is too large is refused, and the gateway goes on", async () => {
  const large = await put(mara, session, "/tmp/large", new Uint8Array(65 * 1024 * 1024)).catch(
    // The gateway may hang up on the sender before all is sent.
    (error: unknown) => error,
  );
  expect(large instanceof Error || Object(large).status === 413).toBe(true);
  expect((await mara.get(`/api/sessions/${session.id}/files`)).status).toBe(200);
});
