import { expect, test } from "@playwright/test";
import { LedgerKeys } from "../../shared/nouns/entry.ts";
import { axeViolations } from "../targets/axe.ts";
import { signedIn } from "../targets/client.ts";
import { demoFolder, startGateway } from "../targets/gateway.ts";
import { people } from "../targets/portal.ts";
import { signIn } from "../targets/sign-in.ts";

test("an administrator puts a new signing key in force, told before what that does", async ({ page }) => {
  const folder = demoFolder();
  const gateway = await startGateway({ dataDir: folder.path });
  try {
    const elif = await signedIn(gateway.url, "demo-auditor");
    const keys = async () => LedgerKeys.parse((await elif.get("/api/ledger/key")).body).keys;
    const [old] = await keys();

    await signIn(page, gateway.url, people.administrator);
    await page.goto(`${gateway.url}/settings`);
    const section = page.getByRole("region", { name: "The ledger's key" });
    await expect(section).toContainText(old?.keyId ?? "no key");
    await section.getByRole("button", { name: "Put a new key in force" }).click();
    const dialog = page.getByRole("dialog", { name: "Put a new signing key in force" });
    await expect(dialog).toContainText("It is not undone.");
    expect(await axeViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Leave it" }).click();
    expect(await keys()).toHaveLength(1);

    await section.getByRole("button", { name: "Put a new key in force" }).click();
    await dialog.getByRole("button", { name: "Put it in force" }).click();
    await expect(section).toContainText("1 key");
    const [, fresh] = await keys();
    await expect(section).toContainText(fresh?.keyId ?? "no key");
    expect((await elif.get("/api/ledger/file")).text).toContain('"kind":"key.rotated"');
  } finally {
    await gateway.stop();
    folder.remove();
  }
});
