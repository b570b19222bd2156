import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { axeViolations } from "../targets/axe.ts";
import { signedIn } from "../targets/client.ts";
import { demoFolder, startGateway } from "../targets/gateway.ts";
import { people } from "../targets/portal.ts";
import { signIn } from "../targets/sign-in.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("what is past its time goes, says so wherever it was, and leaves a ledger that verifies", async ({
  browser,
  page,
}, info) => {
  const folder = demoFolder();
  const env = { SLUICE_KEEP_RECORDINGS: "env=prod:0", SLUICE_KEEP_TEXTS: "env=prod:0" };
  const gateway = await startGateway({ dataDir: folder.path, env });
  try {
    const [mara, tomas, elif] = [
      await signedIn(gateway.url, "demo-engineer"),
      await signedIn(gateway.url, "demo-reviewer"),
      await signedIn(gateway.url, "demo-auditor"),
    ];
    const [gone, held] = [await mara.open("shop", "to go"), await mara.open("shop", "to stay")];
    const command = await mara.run(gone, "SELECT 'wombat' AS said");
    await mara.run(held, "SELECT 'wombat' AS said");
    const asked = await mara.run(gone, "UPDATE orders SET status = 'wombat' WHERE id = 7");
    const { id: review, sha256 } = await tomas.review(asked.review?.id ?? "");
    expect((await tomas.vote(review, "reject", sha256, "wombat? no")).status).toBe(200);
    const hold = { held: true, reason: "case 7" };
    expect((await mara.put(`/api/recordings/${held.id}/hold`, hold)).status).toBe(403);
    expect((await elif.put(`/api/recordings/${held.id}/hold`, hold)).body).toMatchObject({
      hold: { reason: "case 7" },
    });

    for (const { id } of [gone, held]) await mara.delete(`/api/sessions/${id}`);
    const recording = async (id: string) => (await elif.get(`/api/recordings/${id}`)).status;
    await expect.poll(() => recording(gone.id), { timeout: 90_000 }).toBe(410);
    expect(await recording(held.id)).toBe(200);
    expect(existsSync(join(folder.path, "recordings", `${gone.id}.rec`))).toBe(false);
    expect(existsSync(join(folder.path, "recordings", `${held.id}.rec`))).toBe(true);
    for (const path of [`/api/recordings/${gone.id}/file`, `/api/recordings/${gone.id}`])
      expect((await mara.get(path)).body).toMatchObject({
        code: "removed",
        detail: expect.stringContaining("rule env=prod:0"),
      });
    expect((await mara.get(`/api/commands/${command.id}`)).status).toBe(404);
    const { recordings } = Object((await elif.get("/api/recordings?q=wombat")).body);
    expect(recordings.map(({ session }: { session: string }) => session)).toEqual([held.id]);

    const ledger = async () => (await elif.get("/api/ledger/file")).text;
    const telling = async (id: string) =>
      (await ledger()).split("\n").filter((line) => line.includes("wombat") && line.includes(id)).length;
    await expect.poll(() => telling(gone.id), { timeout: 60_000 }).toBe(0);
    expect(await telling(held.id)).toBe(1);
    await expect
      .poll(async () => (await tomas.review(review)).textRemoved, { timeout: 60_000 })
      .toMatchObject({ rule: "env=prod:0" });
    for (const reader of [mara, tomas, elif]) {
      const { body, text } = await reader.get(`/api/reviews/${review}`);
      expect(body).toMatchObject({ state: "rejected", votes: [{ verdict: "reject", comment: "" }] });
      expect(text).not.toContain("wombat");
    }
    writeFileSync(info.outputPath("ledger.jsonl"), await ledger());
    const run = spawnSync("npm", ["run", "--silent", "verify", "--", info.outputPath("ledger.jsonl")], {
      cwd: root,
      encoding: "utf8",
    });
    expect(run.stdout).toMatch(/Removed by retention, rule env=prod:0.* 1 recordings\. The chain holds/);
    expect(run.status).toBe(0);

    await signIn(page, gateway.url, people.auditor);
    await page.goto(`${gateway.url}/audit?session=${gone.id}`);
    await expect(page.getByText(/was removed by retention/).first()).toBeVisible();
    const evidence = page.getByRole("complementary", { name: "Evidence" });
    await expect(evidence).toContainText("env=prod:0");
    expect(await axeViolations(page)).toEqual([]);

    const context = await browser.newContext();
    const desk = await context.newPage();
    await signIn(desk, gateway.url, people.reviewer);
    await desk.goto(`${gateway.url}/reviews?review=${review}`);
    await expect(desk.getByRole("region", { name: "The command" })).toContainText("Removed by retention");
    await expect(desk.getByLabel("How it ended")).toContainText("Nothing ran.");
    await expect(desk.getByText("Text removed by retention").first()).toBeVisible();
    expect(await axeViolations(desk)).toEqual([]);
    await context.close();
  } finally {
    await gateway.stop();
    folder.remove();
  }
});
