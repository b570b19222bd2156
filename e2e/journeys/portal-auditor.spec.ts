import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, openShop, run, test } from "../targets/portal.ts";

test("an auditor finds a session by a word, replays it and proves it", async ({ person, as }) => {
  const [mara, tomas] = await Promise.all([as("demo-engineer"), as("demo-reviewer")]);
  const word = `finch${randomUUID().slice(0, 8)}`;
  const session = await mara.open("shop", "SUP-4194: an odd word");
  await mara.run(session, "SELECT id, email FROM customers ORDER BY id LIMIT 3");
  const held = await mara.run(session, `UPDATE orders SET note = '${word}' WHERE id = 207`);
  const { sha256 } = await tomas.review(held.review?.id ?? "");
  await tomas.vote(held.review?.id ?? "", "approve", sha256, "as agreed");
  await mara.until(held.id, ["held", "running"]);
  await mara.send(session, "DELETE FROM orders");
  await mara.delete(`/api/sessions/${session.id}`);

  const elif = await person("auditor");
  await elif.getByRole("link", { name: "Audit" }).click();

  await test.step("by a word of a command", async () => {
    await elif.getByRole("searchbox", { name: "Search in commands" }).fill(word);
    const found = elif.getByRole("list", { name: "Sessions" });
    await expect(found.getByRole("button")).toHaveCount(1);
    await expect(found.locator("mark")).toHaveText(word);
    await expect(elif.getByRole("heading", { name: "Mara Lindqvist on shop" })).toBeVisible();
  });

  await test.step("plays it to its end", async () => {
    await elif.getByRole("button", { name: "Play", exact: true }).click();
    // A short session may be over before anybody looks.
    const ended = elif.getByText("The session has ended");
    await expect(elif.getByRole("button", { name: "Pause" }).or(ended).first()).toBeVisible();
    await expect(ended).toBeVisible();
    await expect(elif.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  });

  await test.step("seeks, and goes from hold to refusal", async () => {
    const position = elif.getByRole("slider", { name: "Position in the session" });
    await position.press("Home");
    await expect(position).toHaveAttribute("aria-valuenow", "0");
    await expect(scene(elif)).toContainText("SUP-4194: an odd word");
    await elif.getByRole("button", { name: "Next hold" }).click();
    await expect(scene(elif)).toContainText(`note = '${word}'`);
    await expect(scene(elif).getByText("Held")).toBeVisible();
    await elif.keyboard.press("ArrowDown");
    await expect(scene(elif)).toContainText("Tomas Okafor");
    await elif.keyboard.press("b");
    await expect(scene(elif)).toContainText("DELETE FROM orders");
    await expect(scene(elif)).toContainText("Blocked");
    const events = elif.getByRole("list", { name: "Events" });
    await events.getByRole("button", { name: /SELECT id, email/ }).click();
    await expect(scene(elif).getByRole("cell", { name: /^•+@[\w.-]+$/ })).toHaveCount(3);
  });

  await test.step("verifies the file in the browser; one flipped bit fails", async () => {
    const downloads = elif.waitForEvent("download");
    await elif.getByRole("button", { name: "Evidence file" }).click();
    const download = await downloads;
    const bytes = readFileSync(await download.path());
    const evidence = elif.getByRole("complementary", { name: "Evidence" });
    const drop = async (name: string, buffer: Buffer) =>
      evidence
        .getByLabel("Drop a file")
        .setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await drop("as-it-is.rec", bytes);
    await expect(evidence.getByRole("status")).toContainText("Nothing in this session was altered");
    const flipped = Buffer.from(bytes);
    const at = bytes.indexOf(word);
    flipped[at] = (bytes[at] ?? 0) ^ 1;
    await drop("flipped.rec", flipped);
    await expect(evidence.getByRole("status")).toContainText("Does not verify");
    await expect(evidence.getByRole("status")).toContainText(/at line \d+/);
    await elif.getByRole("button", { name: "Check again" }).click();
    await expect(evidence.getByRole("status")).toContainText("Nothing in this session was altered");
  });
});

test("an auditor watches a session while it goes on, and may end it", async ({ person }) => {
  const [mara, elif] = await Promise.all([person("engineer"), person("auditor")]);
  await openShop(mara, "SUP-4195: watched");
  await run(mara, "SELECT 'before' AS said");
  await elif.getByRole("link", { name: "Audit" }).click();
  const found = elif.getByRole("list", { name: "Sessions" });
  await found.getByRole("button", { name: /Live.*'before'/ }).click();
  const session = elif.getByRole("region", { name: "Session", exact: true });
  await expect(session.getByText("Live", { exact: true }).first()).toBeVisible();
  await run(mara, "SELECT 'meanwhile' AS said");
  await expect(elif.getByRole("list", { name: "Events" })).toContainText("SELECT 'meanwhile' AS said");
  await expect(scene(elif).getByRole("cell", { name: "meanwhile" })).toBeVisible();
  await session.getByRole("button", { name: "Kill session" }).click();
  await elif.getByRole("dialog").getByRole("button", { name: "End it now" }).click();
  await expect(mara.getByText("This session was ended by an administrator or auditor.")).toBeVisible();
  await expect(mara.getByRole("button", { name: /^Run statement/ })).toBeDisabled();
});

const scene = (page: Page) => page.getByRole("region", { name: /^As .+ saw it$/ });
