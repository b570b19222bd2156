import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { ShellCommand } from "../../shared/nouns/command.ts";
import { startSshd } from "../../server/protocols/ssh/testing/sshd.ts";
import { signedIn, type Client } from "../targets/client.ts";
import { demoFolder, startGateway } from "../targets/gateway.ts";
import { openStream, ticketFor, type Stream } from "../targets/socket.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A terminal on a real host, as the portal opens it. */
async function openTerminal(client: Client, session: { id: string }): Promise<Stream> {
  const path = `/api/sessions/${session.id}/stream`;
  const stream = await openStream(`${client.url}${path}?ticket=${await ticketFor(client, path)}`);
  stream.send({ type: "terminal", columns: 100, rows: 30 });
  await stream.next("terminal");
  return stream;
}

test("a gateway that is killed under a held line and under a running one runs nothing unseen, and nothing twice; one that is told to stop ends in order", async () => {
  const folder = demoFolder();
  const sshd = await startSshd();
  let gateway = await startGateway({ dataDir: folder.path });
  try {
    const admin = await signedIn(gateway.url, "demo-admin");
    for (const env of ["prod", "staging"])
      await admin.put(`/api/targets/host-${env}`, { ...sshd.asTarget, tags: { env } });
    const mara = await signedIn(gateway.url, "demo-engineer");
    const [prod, staging] = [await mara.open("host-prod", "crash"), await mara.open("host-staging", "crash")];
    const [heldIn, runsIn] = [await openTerminal(mara, prod), await openTerminal(mara, staging)];
    const file = (name: string) => join(sshd.folder, name);

    heldIn.send({ type: "keys", text: `touch ${file("held")}\r` });
    const { event: held } = await heldIn.next("event", ({ event }) => event.type === "held");
    runsIn.send({ type: "keys", text: `echo once >> ${file("runs")}; sleep 600\r` });
    const { event: runs } = await runsIn.next(
      "event",
      ({ event }) => event.type === "state" && event.state === "running",
    );
    await expect.poll(() => existsSync(file("runs"))).toBe(true);

    await gateway.kill();
    gateway = await startGateway({ dataDir: folder.path, port: gateway.port });
    const [again, tomas, elif] = await Promise.all([
      signedIn(gateway.url, "demo-engineer"),
      signedIn(gateway.url, "demo-reviewer"),
      signedIn(gateway.url, "demo-auditor"),
    ]);
    if (held.type !== "held" || runs.type !== "state") throw new TypeError("these are their events");
    const commandOf = async (id: string) =>
      ShellCommand.parse((await again.get(`/api/commands/${id}?waitSeconds=5`)).body);

    // Somebody approves what stood in a terminal that is gone: nothing runs, and it says why.
    const { sha256, state } = await tomas.review(held.review);
    if (state === "pending") await tomas.vote(held.review, "approve", sha256);
    await expect
      .poll(async () => (await commandOf(held.command)).state, { timeout: 30_000 })
      .not.toBe("held");
    expect(["blocked", "withdrawn"]).toContain((await commandOf(held.command)).state);
    expect(existsSync(file("held"))).toBe(false);

    // What ran is not known to have ended, and does not run again.
    await expect.poll(async () => (await commandOf(runs.command)).state, { timeout: 30_000 }).toBe("unknown");
    expect(readFileSync(file("runs"), "utf8")).toBe("once\n");

    // Both recordings are whole.
    for (const { id } of [prod, staging]) {
      await again.delete(`/api/sessions/${id}`);
      const exported = await elif.get(`/api/recordings/${id}/file`);
      const path = file(`${id}.rec`);
      writeFileSync(path, exported.text);
      expect(
        execFileSync(process.execPath, ["tools/verify.mjs", path], { cwd: root, encoding: "utf8" }),
      ).toMatch(/altered|verified|whole|ok/i);
    }

    // Told to stop, a gateway ends all of it in order: whoever is connected is told to come back.
    const last = await again.open("host-staging", "stop");
    const stream = await openTerminal(again, last);
    const events = await fetch(`${gateway.url}/api/events`, {
      headers: { authorization: `Bearer ${again.token}` },
    });
    stream.send({ type: "keys", text: "sleep 600\r" });
    await stream.next("event", ({ event }) => event.type === "state" && event.state === "running");
    const saidBefore = gateway.log().length;
    const stopped = gateway.stop();
    expect(await stream.closed).toEqual({ code: 1012, reason: "the gateway is stopping" });
    await events.text();
    await stopped;
    expect(gateway.log().slice(saidBefore)).toBe("");
  } finally {
    await gateway.stop();
    await sshd.stop();
    folder.remove();
  }
});
