import { expect, test } from "../targets/fixtures.ts";

test("two people sign in, in two tabs of one browser", async ({ browser, gateway, enter }) => {
  const context = await browser.newContext();
  const [first, second] = [await context.newPage(), await context.newPage()];
  const errors: string[] = [];
  for (const page of [first, second]) page.on("pageerror", (error) => errors.push(error.message));
  await enter(first, "Mara Lindqvist");
  await enter(second, "Tomas Okafor");
  await expect(first.getByRole("button", { name: /Mara Lindqvist: account/ })).toBeVisible();
  await expect(second.getByRole("button", { name: /Tomas Okafor: account/ })).toBeVisible();
  // The first stays who it was, also after it is loaded again.
  await first.reload();
  await expect(first.getByRole("button", { name: /Mara Lindqvist: account/ })).toBeVisible();
  // No token lies where a script of another tab could read it, nor in an address.
  const kept = await first.evaluate(() => JSON.stringify({ ...localStorage }));
  expect(kept).not.toMatch(/eyJ[\w-]+\./);
  expect(first.url()).not.toMatch(/eyJ|code=/);
  expect(first.url().startsWith(gateway.url)).toBe(true);
  expect(errors).toEqual([]);
  await context.close();
});

test("a sign-in that has ended says so, and the next one leads back", async ({ browser, gateway, enter }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await enter(page, "Elif Aydin");
  await page.goto(`${gateway.url}/audit?q=orders`);
  await expect(page.getByRole("searchbox", { name: "Search in commands" })).toHaveValue("orders");
  // As after a change of the issuer's keys: the browser takes the token for good, the gateway does not.
  await page.evaluate(() => {
    for (const [name, kept] of Object.entries(sessionStorage))
      if (name.includes("login.user"))
        sessionStorage.setItem(name, kept.replace(/"access_token":"[^"]*"/, '"access_token":"stale"'));
  });
  await page.reload();
  await expect(page.getByText("Your sign-in has ended.")).toBeVisible();
  await page.getByRole("button", { name: "Continue as a demo person" }).click();
  await page.getByRole("button", { name: "Elif Aydin" }).click();
  await expect(page).toHaveURL(`${gateway.url}/audit?q=orders`);
  await expect(page.getByText("Your sign-in has ended.")).toBeHidden();
  await context.close();
});
