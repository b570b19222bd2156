import type { Page } from "@playwright/test";
import { cellOf, expect, openShop, run, runStrip, test } from "../targets/portal.ts";

const html = `<img src=x onerror="window.ran=1">`;
const quoted = html.replaceAll("'", "''");

test("no token is in localStorage, in a cookie or in an address", async ({ stranger, enter, gateway }) => {
  const mara = await stranger();
  const addresses: string[] = [];
  mara.on("request", (request) => addresses.push(request.url()));
  mara.on("websocket", (socket) => addresses.push(socket.url()));
  await enter(mara, "Mara Lindqvist");
  await openShop(mara);
  await run(mara, "SELECT 1 AS one");
  await expect(await cellOf(mara.getByRole("grid", { name: "Result 1" }), 1, "one")).toHaveText("1");
  const login = await mara.evaluate(() => JSON.stringify({ ...sessionStorage }));
  const tokens = [...login.matchAll(/\\"(?:access|refresh|id)_token\\":\\"([^"\\]+)/g)].map(
    ([, token]) => token,
  );
  expect(tokens.length).toBeGreaterThan(0);
  const elsewhere = JSON.stringify([
    await mara.evaluate(() => [{ ...localStorage }, document.cookie, history.state, location.href]),
    await mara.context().cookies(),
    addresses,
  ]);
  expect(addresses).toContainEqual(expect.stringContaining("ticket="));
  expect(addresses.every((address) => new URL(address).host === new URL(gateway.url).host)).toBe(true);
  for (const token of tokens) expect(elsewhere).not.toContain(token);
  // Nor any other: a JWT begins like this, whoever it is for.
  expect(elsewhere).not.toContain("eyJ");
});

test("HTML in a reason, a column, a cell, an error and a comment stays text", async ({ person }) => {
  const [mara, tomas, elif] = await Promise.all([person("engineer"), person("reviewer"), person("auditor")]);
  await openShop(mara, `reason ${html}`);
  await run(mara, `SELECT '${quoted}' AS "name ${html.replaceAll('"', "'")}"`);
  const grid = mara.getByRole("grid", { name: "Result 1" });
  await expect(grid.getByRole("gridcell")).toHaveText(html);
  await expect(grid.getByRole("columnheader")).toContainText("name <img src=x");
  await grid.getByRole("gridcell").dblclick();
  await expect(mara.getByRole("dialog")).toContainText(html);
  await mara.keyboard.press("Escape");
  await expect(mara.getByRole("dialog")).toBeHidden();

  await run(mara, `SELECT * FROM "${html.replaceAll('"', "'")}"`);
  await expect(runStrip(mara, 2)).toContainText("Relation <img src=x");

  await run(mara, `UPDATE orders SET note = '${quoted}' WHERE id = 209`);
  await tomas.getByRole("link", { name: /^Reviews/ }).click();
  await expect(tomas.getByRole("figure", { name: "The command" })).toContainText(html);
  await expect(tomas.getByRole("complementary", { name: "Context" })).toContainText(`reason ${html}`);
  await tomas.getByRole("textbox", { name: /^Comment/ }).fill(`comment ${html}`);
  await tomas.getByRole("button", { name: /^Reject/ }).click();
  await tomas.getByRole("dialog").getByRole("button", { name: "Reject" }).click();
  await expect(runStrip(mara, 3)).toContainText(`comment ${html}`);

  await elif.getByRole("link", { name: "Audit" }).click();
  await elif.getByRole("list", { name: "Sessions" }).getByRole("button").first().click();
  const events = elif.getByRole("list", { name: "Events" });
  await expect(elif.getByRole("region", { name: /^As .+ saw it$/ })).toContainText(html);
  await events.getByRole("button").first().click();
  await expect(elif.getByText(`reason ${html}`)).toBeVisible();
  await elif.getByRole("link", { name: "Ledger" }).click();
  await expect(elif.getByRole("region", { name: "Entries" })).toContainText(html);

  for (const page of [mara, tomas, elif]) expect(await injected(page)).toEqual({ images: 0, ran: false });
});

test("a character that turns text around stands by its name, where it is asked and where it is reviewed", async ({
  person,
}) => {
  const [mara, tomas] = await Promise.all([person("engineer"), person("reviewer")]);
  await openShop(mara);
  await run(mara, "UPDATE orders SET note = 'paid\u202E \u2066tnes\u2069' WHERE id = 210");
  await expect(runStrip(mara, 1)).toContainText("U+202E right-to-left override");
  await tomas.getByRole("link", { name: /^Reviews/ }).click();
  const command = tomas.getByRole("figure", { name: "The command" });
  await expect(command.getByTitle("U+202E right-to-left override")).toBeVisible();
  await expect(command.getByTitle("U+2066 left-to-right isolate")).toBeVisible();
  await expect(command).toContainText("3 characters that cannot be seen or can be mistaken in line 1");
  expect(await command.innerText()).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
});

/** Whether somebody's text became part of the page. */
const injected = (page: Page) =>
  page.evaluate(() => ({ images: document.querySelectorAll("img").length, ran: "ran" in window }));
