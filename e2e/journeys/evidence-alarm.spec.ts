import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { axeViolations } from "../targets/axe.ts";
import { signedIn } from "../targets/client.ts";
import { demoFolder, startGateway } from "../targets/gateway.ts";
import { people } from "../targets/portal.ts";
import { signIn } from "../targets/sign-in.ts";

test("a byte that is altered in a recording rings an alarm in the portal, as a metric and in the ledger", async ({
  browser,
}) => {
  const folder = demoFolder();
  const gateway = await startGateway({
    dataDir: folder.path,
    env: { SLUICE_VERIFY_EVERY_MS: "1000" },
  });
  try {
    const [mara, elif] = [
      await signedIn(gateway.url, "demo-engineer"),
      await signedIn(gateway.url, "demo-auditor"),
    ];
    const session = await mara.open("shop", "to be tampered with");
    await mara.run(session, "SELECT 'evidence' AS said");
    await mara.delete(`/api/sessions/${session.id}`);
    const status = async () => Object((await elif.get("/api/evidence")).body);
    await expect.poll(async () => (await status()).state, { timeout: 60_000 }).toBe("sound");

    const pages: Page[] = [];
    for (const who of ["auditor", "administrator", "engineer"] as const) {
      const page = await (await browser.newContext()).newPage();
      await signIn(page, gateway.url, people[who]);
      await expect(page.getByRole("link", { name: "Targets" })).toBeVisible();
      pages.push(page);
    }
    const [auditor, administrator, engineer] = pages;
    if (!auditor || !administrator || !engineer) throw new Error("three people");

    const file = join(folder.path, "recordings", `${session.id}.rec`);
    const whole = readFileSync(file);
    const tampered = Buffer.from(whole);
    const at = tampered.lastIndexOf("evidence");
    tampered[at] = (tampered[at] ?? 0) ^ 1;
    writeFileSync(file, tampered);

    await test.step("auditors and administrators are told where they are, others are not", async () => {
      for (const page of [auditor, administrator]) {
        const alarm = page.getByRole("alert").filter({ hasText: "The evidence is damaged." });
        await expect(alarm).toContainText(
          /Entry [\d,]+ vouches for a recording, but: The recording was altered/,
          {
            timeout: 60_000,
          },
        );
        await expect(alarm).toContainText("verify it off-line");
        expect(await axeViolations(page)).toEqual([]);
      }
      await expect(administrator.getByRole("button", { name: "Show it" })).toHaveCount(0);
      await expect(engineer.getByText("The evidence is damaged.")).toHaveCount(0);
      expect((await mara.get("/api/evidence")).status).toBe(403);
    });

    await test.step("leads to the session", async () => {
      await auditor.getByRole("button", { name: "Show it" }).click();
      await expect(auditor).toHaveURL(new RegExp(`session=${session.id}`));
      const evidence = auditor.getByRole("complementary", { name: "Evidence" });
      await expect(evidence).toContainText("event");
      await expect(evidence).toContainText("breaks its chain");
      expect(await axeViolations(auditor)).toEqual([]);
    });

    await test.step("is a metric, and an entry of its own", async () => {
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).toMatch(/^sluice_evidence_findings 1$/m);
      expect(metrics).toMatch(/^sluice_evidence_alarms_total 1$/m);
      const { entries } = Object((await elif.get("/api/ledger?limit=1000")).body);
      expect(entries.filter(({ kind }: { kind: string }) => kind === "evidence.alarm")).toMatchObject([
        { session: session.id, body: { what: "recording" } },
      ]);
    });

    await test.step("and ends when the file is put back", async () => {
      writeFileSync(file, whole);
      await expect(auditor.getByText("The evidence is damaged.")).toHaveCount(0, { timeout: 60_000 });
      expect((await status()).state).toBe("sound");
    });
    for (const page of pages) await page.context().close();
  } finally {
    await gateway.stop();
    folder.remove();
  }
});
