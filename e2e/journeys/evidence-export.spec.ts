import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { axeViolations } from "../targets/axe.ts";
import { expect, test } from "../targets/portal.ts";

/** Each looks at every byte of an archive, or at a page's every rule, on a machine that does other work too. */

const root = fileURLToPath(new URL("../..", import.meta.url));

const accessible = async (page: Page) => expect(await axeViolations(page)).toEqual([]);

test("an auditor takes the evidence of a period away, and it proves itself without the gateway", async ({
  person,
  as,
}, info) => {
  const [mara, auditor] = await Promise.all([as("demo-engineer"), as("demo-auditor")]);
  const session = await mara.open("shop", "<img src=x onerror=alert(1)>");
  await mara.run(session, "SELECT '<script>alert(1)</script>' AS said");
  await mara.delete(`/api/sessions/${session.id}`);

  const elif = await person("auditor");
  await elif.getByRole("link", { name: "Audit" }).click();
  await elif.getByRole("button", { name: "Export evidence" }).click();
  const dialog = elif.getByRole("dialog", { name: "Export evidence" });
  await expect(dialog.getByLabel("First day")).toBeVisible();
  await accessible(elif);
  const downloads = elif.waitForEvent("download");
  await dialog.getByRole("button", { name: "Make the archive" }).click();
  const path = await (await downloads).path();
  await expect(dialog).toBeHidden();
  const archive = readFileSync(path);

  await test.step("for the command line", async () => {
    const key = info.outputPath("key.json");
    writeFileSync(key, (await auditor.get("/api/ledger/key")).text);
    const verify = (file: string) =>
      spawnSync("npm", ["run", "--silent", "verify", "--", key, file], { cwd: root, encoding: "utf8" });
    const whole = verify(path);
    expect(whole.stdout).toMatch(/^ok .*: evidence from .* \d+ recordings/m);
    expect(whole.status).toBe(0);
    const cut = info.outputPath("cut.tar");
    writeFileSync(cut, archive.subarray(0, archive.length - 2_048));
    expect(verify(cut).status).toBe(1);
  });

  await test.step("for the browser, which names what was altered", async () => {
    const evidence = elif.getByRole("complementary", { name: "Evidence" });
    const drop = (name: string, buffer: Buffer) =>
      evidence.getByLabel("Drop a file").setInputFiles({ name, mimeType: "application/x-tar", buffer });
    await drop("evidence.tar", archive);
    await expect(evidence.getByRole("status")).toContainText("Nothing in this evidence was altered");
    await accessible(elif);
    const flipped = Buffer.from(archive);
    const at = archive.indexOf("onerror", archive.indexOf(`recordings/${session.id}.rec`));
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await drop("flipped.tar", flipped);
    await expect(evidence.getByRole("status")).toContainText(`recordings/${session.id}.rec`);
  });

  await test.step("and its summary is inert", () => {
    const summary = archive
      .subarray(archive.indexOf("<!doctype html>"), archive.indexOf("</html>"))
      .toString();
    expect(summary).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(summary).not.toContain("<script");
  });
  for (const other of [mara, await as("demo-admin")])
    expect(
      (await other.get("/api/evidence/archive?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")).status,
    ).toBe(403);
});

test("an auditor places a legal hold on a session, and lifts it", async ({ person, as }) => {
  const [mara, auditor] = await Promise.all([as("demo-engineer"), as("demo-auditor")]);
  const session = await mara.open("shop", "to be held");
  await mara.run(session, "SELECT 1");
  await mara.delete(`/api/sessions/${session.id}`);
  const elif = await person("auditor");
  await elif.goto(new URL(`/audit?session=${session.id}`, elif.url()).href);
  const evidence = elif.getByRole("complementary", { name: "Evidence" });
  await expect(evidence).toContainText("no rule removes it");

  await evidence.getByRole("button", { name: "Place a legal hold" }).click();
  const dialog = elif.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Place it" })).toBeDisabled();
  await dialog.getByRole("textbox").fill("case 7 \u202E<b>");
  await accessible(elif);
  await dialog.getByRole("button", { name: "Place it" }).click();
  await expect(evidence).toContainText("case 7 ");
  await expect(evidence.getByText("Legal hold", { exact: true })).toBeVisible();
  await accessible(elif);

  await evidence.getByRole("button", { name: "Lift the hold" }).click();
  await dialog.getByRole("textbox").fill("case closed");
  await dialog.getByRole("button", { name: "Lift it" }).click();
  await expect(evidence).toContainText("no rule removes it");
  const { body } = await auditor.get(`/api/recordings/${session.id}/keeping`);
  expect(body).toEqual({});
});

test("a file taken while its session ran says that more was recorded later", async ({ person, as }) => {
  const [mara, auditor] = await Promise.all([as("demo-engineer"), as("demo-auditor")]);
  const session = await mara.open("shop", "goes on");
  await mara.run(session, "SELECT 'before' AS said");
  const { text } = await auditor.get(`/api/recordings/${session.id}/file`);
  await mara.run(session, "SELECT 'later' AS said");
  await mara.delete(`/api/sessions/${session.id}`);
  const elif = await person("auditor");
  await elif.goto(new URL(`/audit?session=${session.id}`, elif.url()).href);
  const evidence = elif.getByRole("complementary", { name: "Evidence" });
  await evidence
    .getByLabel("Drop a file")
    .setInputFiles({ name: "live.rec", mimeType: "text/plain", buffer: Buffer.from(text) });
  await expect(evidence.getByRole("status")).toContainText(
    /The session went on: \d+ events recorded later are not in this file/,
  );
  await expect(
    evidence.getByRole("listitem").filter({ hasText: "Recorded after this export" }),
  ).toContainText(/\d+ events/);
});
