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
