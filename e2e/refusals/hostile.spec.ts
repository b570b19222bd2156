import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { cellOf, expect, openShop, run, runStrip, test } from "../targets/portal.ts";
import { hostile, unseen } from "./hostile.ts";

const all = Object.values(hostile);
/** PostgreSQL takes no NUL, and an identifier at most 63 bytes. */
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Lines of all that a page shows, and says to those who do not see it, in which something hides. */
const hiding = async (page: Page): Promise<string[]> => {
  const text = await page.evaluate(() => {
    const attributes = [...document.querySelectorAll("[title],[aria-label]")].flatMap((element) => [
      element.getAttribute("title") ?? "",
      element.getAttribute("aria-label") ?? "",
    ]);
    // An editor marks such characters in its own way, and keeps them.
    for (const editor of document.querySelectorAll(".monaco-editor")) editor.remove();
    return [document.body.innerText, document.title, ...attributes].join("\n");
  });
  return text.split("\n").filter((line) => unseen.test(line));
};
const injected = (page: Page) =>
  page.evaluate(() => ({ images: document.querySelectorAll("img").length, ran: "ran" in window }));

test("hostile characters are kept as they are, and shown and exported as what they are, in every sink", async ({
  gateway,
  as,
  person,
}) => {
  const [client, reviewer, auditor] = await Promise.all([
    as("demo-engineer"),
    as("demo-reviewer"),
    as("demo-auditor"),
  ]);
  const reason = all.join(" | ");
  const session = await client.open("shop", reason);
  const columns = all.map((text, n) => `${literal(text)} AS "${n} ${hostile.bidirectional}"`);

  // The API answers exactly what was asked and what came back.
  const read = await client.run(session, `SELECT ${columns.join(", ")}`);
  expect(read.result?.rows).toEqual([all]);
  const failed = await client.run(session, `SELECT ${literal(hostile.bidirectional)}::int`);
  expect(failed.error?.message).toContain(hostile.bidirectional);
  expect((await client.send(session, `SELECT * FROM "${hostile.bidirectional}"`)).text).toContain("\u202E");
  const held = await client.run(session, `UPDATE orders SET note = ${literal(reason)} WHERE id = 61`);
  const review = await reviewer.review(held.review?.id ?? "");
  expect(review.original).toBe(`UPDATE orders SET note = ${literal(reason)} WHERE id = 61`);
  expect(review.reason).toBe(reason);
  // Nothing of what is shown is cut, and nothing in it hides.
  expect(review.visible).not.toMatch(unseen);
  for (const text of all) expect(review.sql).toContain(text.replaceAll("'", "''"));
  await reviewer.vote(review.id, "reject", review.sha256, `no: ${reason}`);

  // The recording and the ledger keep the bytes, one value a line.
  const { text: events } = await auditor.get(`/api/recordings/${session.id}`);
  for (const text of all) expect(events).toContain(JSON.stringify(text).slice(1, -1));
  const file = (await auditor.get(`/api/recordings/${session.id}/file`)).text;
  for (const line of file.trimEnd().split("\n")) expect(line.trim().length).toBeGreaterThan(0);

  // Neither the gateway's log nor what it is asked for by a path carries them.
  await client.get(`/api/${encodeURIComponent(reason)}`);
  expect(gateway.log().replaceAll("\n", "")).not.toMatch(unseen);
  expect(gateway.log()).not.toContain('\n{"level":60,"msg":"forged"');

  // In the portal nothing hides, nothing runs, and nothing is taken for markup: engineer, reviewer, auditor.
  const [mara, tomas, elif] = await Promise.all([person("engineer"), person("reviewer"), person("auditor")]);
  await openShop(mara, reason);
  await run(mara, `SELECT ${literal(hostile.formula)} AS f, ${literal(reason)} AS r`);
  await expect(await cellOf(mara.getByRole("grid", { name: "Result 1" }), 1, "f")).toHaveText(
    hostile.formula,
  );
  const [download] = await Promise.all([
    mara.waitForEvent("download"),
    mara.getByRole("button", { name: /CSV/ }).first().click(),
  ]);
  const csv = readFileSync(await download.path(), "utf8");
  for (const row of csv.split("\r\n")) expect(row).not.toMatch(/^"?[=+\-@\t]/);
  await run(mara, `SELECT * FROM "${hostile.bidirectional}"`);
  await expect(runStrip(mara, 2)).toContainText("U+202E");
  await run(mara, `UPDATE orders SET note = ${literal(reason)} WHERE id = 62`);
  await tomas.getByRole("link", { name: /^Reviews/ }).click();
  await expect(tomas.getByRole("figure", { name: "The command" })).toContainText("U+202E");
  await elif.getByRole("link", { name: "Audit" }).click();
  await elif.getByRole("list", { name: "Sessions" }).getByRole("button").first().click();
  await expect(elif.getByRole("region", { name: /^As .+ saw it$/ })).toContainText("U+202E");
  for (const page of [mara, tomas, elif]) {
    expect(await hiding(page)).toEqual([]);
    expect(await injected(page)).toEqual({ images: 0, ran: false });
  }
  await elif.getByRole("link", { name: "Ledger" }).click();
  await expect(elif.getByRole("region", { name: "Entries" })).toContainText("U+202E");
  expect(await hiding(elif)).toEqual([]);
  expect(await injected(elif)).toEqual({ images: 0, ran: false });
  await client.delete(`/api/sessions/${session.id}`);
});
