import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { startSshd, type Sshd } from "../../server/protocols/ssh/testing/sshd.ts";
import { axeViolations } from "../targets/axe.ts";
import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/portal.ts";

/** The files of a real host, in the panel beside its terminal. */
let sshd: Sshd;
let folder: string;

test.beforeAll(async ({ as }) => {
  sshd = await startSshd();
  folder = join(sshd.folder, "releases");
  mkdirSync(join(folder, "2026-11"), { recursive: true });
  writeFileSync(join(folder, "2026-11", "NOTES.md"), "Paid with 4111 1111 1111 1111.\n");
  writeFileSync(join(folder, "2026-11", "id_rsa"), "");
  writeFileSync(join(folder, "logo.png"), Buffer.from([0x89, 0x50, 0, 0xff]));
  const admin = await as("demo-admin");
  const input = { ...sshd.asTarget, tags: { env: "prod" } };
  expect((await admin.put("/api/targets/depot", input)).status).toBe(200);
});
test.afterAll(async ({ as }) => {
  await (await as("demo-admin")).delete("/api/targets/depot");
  await sshd.stop();
});

test("an engineer looks through folders, downloads, and uploads what a reviewer reads first", async ({
  person,
  as,
}) => {
  const mara = await person("engineer");
  await mara.getByRole("link", { name: "Targets" }).click();
  await mara.getByRole("button", { name: "Open depot" }).click();
  await mara.getByRole("button", { name: "Open session" }).click();
  await expect(mara.getByText("Governed", { exact: true })).toBeVisible();
  const files = mara.getByRole("complementary", { name: "Files" });
  const tree = files.getByRole("tree", { name: "Folders and files" });
  const transfers = files.getByRole("region", { name: "Transfers" });

  await test.step("by keyboard", async () => {
    await files.getByRole("textbox", { name: "Folder at the host" }).fill(folder);
    await mara.keyboard.press("Enter");
    await expect(tree.getByRole("treeitem")).toHaveCount(2);
    await tree.focus();
    await mara.keyboard.press("Home");
    await mara.keyboard.press("ArrowRight");
    await expect(tree.getByRole("treeitem", { name: "NOTES.md" })).toBeVisible();
    await expect(tree.getByRole("treeitem", { name: "id_rsa secret" })).toBeVisible();
    await mara.keyboard.press("ArrowDown");
    const [download] = await Promise.all([mara.waitForEvent("download"), mara.keyboard.press("Enter")]);
    expect(download.suggestedFilename()).toBe("NOTES.md");
    expect(readFileSync(await download.path(), "utf8")).toBe("Paid with •••.\n");
    await expect(transfers.getByText("Checked")).toBeVisible();
  });

  await test.step("what is no text says so, and may be asked for as its bytes", async () => {
    await tree.getByRole("treeitem", { name: "logo.png" }).dblclick();
    await expect(transfers.getByRole("alert")).toContainText("is no text");
    await transfers.getByRole("button", { name: "Ask for its bytes" }).click();
    await expect(transfers.getByText("Waits on shop-reviewers")).toBeVisible();
    const [download] = await Promise.all([mara.waitForEvent("download"), approve(as, "logo.png as bytes")]);
    expect(readFileSync(await download.path())).toEqual(Buffer.from([0x89, 0x50, 0, 0xff]));
  });

  await test.step("an upload is dropped, held, approved, and then stands in the folder", async () => {
    await tree.getByRole("treeitem", { name: "logo.png" }).click();
    await drop(mara, "patch.conf", "limit: 12\n");
    await expect(transfers.getByText("Held")).toBeVisible();
    expect(existsSync(join(folder, "patch.conf"))).toBe(false);
    for (const colorScheme of ["dark", "light"] as const) {
      await mara.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await expect(mara.locator("html")).toHaveCSS("color-scheme", new RegExp(colorScheme));
      expect(await axeViolations(mara)).toEqual([]);
    }
    await approve(as, "patch.conf");
    await expect(tree.getByRole("treeitem", { name: "patch.conf" })).toBeVisible();
    expect(readFileSync(join(folder, "patch.conf"), "utf8")).toBe("limit: 12\n");
  });

  await test.step("what is held can be taken back", async () => {
    await files.locator('input[type="file"]').setInputFiles({
      name: "not-this.conf",
      mimeType: "text/plain",
      buffer: Buffer.from("x"),
    });
    await transfers.getByRole("button", { name: "Withdraw not-this.conf" }).click();
    await expect(transfers.getByText("Cancelled")).toBeVisible();
    expect(existsSync(join(folder, "not-this.conf"))).toBe(false);
  });
});

/** As somebody would who has dragged a file over the panel. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([name = "", text = ""]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name, { type: "text/plain" }));
      return transfer;
    },
    [name, text],
  );
  const panel = page.locator(".files");
  await panel.dispatchEvent("dragover", { dataTransfer: data });
  await expect(page.getByText(/^Drop to upload to \//)).toBeVisible();
  await panel.dispatchEvent("drop", { dataTransfer: data });
}

type As = (who: "demo-reviewer") => Promise<Client>;
async function approve(as: As, what: string): Promise<void> {
  const tomas = await as("demo-reviewer");
  const { body } = await tomas.get("/api/reviews?state=pending");
  const reviews: { id: string; sql: string; sha256: string }[] = Object(body).reviews;
  const review = reviews.find(({ sql }) => sql.includes(what));
  if (review === undefined) throw new Error(`nobody asked for ${what}`);
  expect((await tomas.vote(review.id, "approve", review.sha256)).status).toBe(200);
}
