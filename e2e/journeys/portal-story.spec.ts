import type { Page } from "@playwright/test";
import { z } from "zod";
import type { Client } from "../targets/client.ts";
import {
  cellOf,
  expect,
  layoutShifts,
  loadedAt,
  openShop,
  run,
  runStrip,
  test,
  write,
} from "../targets/portal.ts";

/** The story that must work, always, as its people live it, each in a browser of their own. */
test("an engineer reads, is stopped, and writes once a reviewer agrees", async ({ person }) => {
  const [mara, tomas] = await Promise.all([person("engineer"), person("reviewer")]);
  const loaded = await loadedAt(tomas);

  await test.step("rows arrive masked, with the classes that hid them", async () => {
    await openShop(mara, "SUP-4188: orders that never shipped");
    await mara.keyboard.type("SELECT * FROM customers");
    await expect(mara.getByText("Runs at once. Masked: email")).toBeVisible();
    await mara.keyboard.press("Control+Enter");
    const grid = mara.getByRole("grid", { name: "Result 1" });
    await expect(grid.getByRole("columnheader", { name: /^email/ })).toContainText("email, masked");
    await expect(grid.getByRole("columnheader", { name: /^card_number/ })).toContainText("card, masked");
    await expect(await cellOf(grid, 1, "email")).toHaveText(/^•+@[\w.-]+$/);
    await expect(await cellOf(grid, 1, "card_number")).toHaveText(/^•+\d{4}$/);
    await expect(mara.getByText("1,000 rows, more exist")).toBeVisible();
  });

  await test.step("a DELETE of everything is blocked, with its rule and what to do", async () => {
    await run(mara, "DELETE FROM orders");
    const strip = runStrip(mara, 2);
    await expect(strip).toContainText("Blocked");
    await expect(strip).toContainText("no-unbounded-writes");
    await expect(strip).toContainText("Name the rows with a WHERE");
    await expect(strip).toContainText("Nothing reached the database.");
  });

  await test.step("a write is held, and its reviewer sees it at once", async () => {
    await tomas.getByRole("link", { name: /^Reviews/ }).click();
    await expect(tomas.getByText("Nothing waits on you")).toBeVisible();
    await run(mara, "UPDATE orders\nSET note = 'checked by hand'\nWHERE id BETWEEN 101 AND 103");
    await expect(runStrip(mara, 3)).toContainText("Waits on shop-reviewers: 0 of 1 person approved");
    await expect(runStrip(mara, 3)).toContainText(/1[45]:\d\d left/);

    await expect(command(tomas)).toContainText("SET note = 'checked by hand'");
    await expect(tomas.getByRole("button", { name: /^Mara Lindqvist/ })).toContainText("0 of 1 vote");
    const impact = tomas.getByRole("region", { name: "Impact" });
    await expect(impact).toContainText(/3 rowscounted now, read-only/);
    await expect(impact).toContainText("rolls back above 3 rows");
    await expect(tomas.getByRole("complementary", { name: "Context" })).toContainText("SUP-4188");
    await expect(tomas.getByText(/^1[45]:\d\d left$/)).toBeVisible();
  });

  await test.step("two keys approve it, it runs, and both see so", async () => {
    await expect(tomas.getByText("Fully shown: 3 of 3 lines")).toBeVisible();
    await tomas.keyboard.press("a");
    const asked = tomas.getByRole("dialog", { name: "Approve and run once" });
    await expect(asked).toContainText("changes at most 3 rows of orders");
    await expect(asked.getByRole("button", { name: "Approve, run once" })).toBeFocused();
    await tomas.keyboard.press("Enter");
    await expect(asked).toBeHidden();
    await expect(runStrip(mara, 3)).toContainText("3 rows touched");
    await expect(mara.getByText("Approved, and it ran")).toBeVisible();
    await expect(tomas.getByLabel("How it ended")).toContainText("1 of 1 approved. It ran once: 3 rows.");
    await tomas.getByText("Decided", { exact: true }).click();
    await expect(tomas.getByRole("list", { name: "Reviews" }).getByText("Approved").first()).toBeVisible();
    expect(await loadedAt(tomas)).toBe(loaded);
  });
});

test.describe("a held command", () => {
  let mara: Page;
  test.beforeEach(async ({ person }) => {
    mara = await person("engineer");
    await openShop(mara, "SUP-4190");
  });

  test("that is rejected does not run, and says by whom and why", async ({ person }) => {
    const tomas = await person("reviewer");
    await run(mara, "UPDATE orders SET note = 'rejected' WHERE id = 201");
    await expect(runStrip(mara, 1)).toContainText("Held");
    await tomas.getByRole("link", { name: /^Reviews/ }).click();
    await expect(command(tomas)).toContainText("'rejected'");
    await tomas.keyboard.press("x");
    const asked = tomas.getByRole("dialog", { name: "Reject" });
    await asked.getByRole("textbox", { name: "Tell Mara Lindqvist why" }).fill("Not this order.");
    await asked.getByRole("button", { name: "Reject" }).click();
    await expect(tomas.getByLabel("How it ended")).toContainText("Nothing ran.");
    await expect(runStrip(mara, 1)).toContainText("Rejected");
    await expect(runStrip(mara, 1)).toContainText("Tomas Okafor: “Not this order.”");
    await run(mara, "SELECT count(*) AS written FROM orders WHERE note = 'rejected'");
    await expect(await cellOf(mara.getByRole("grid", { name: "Result 1" }), 1, "written")).toHaveText("0");
  });

  test("can be taken back, and its reviewer sees that live", async ({ person }) => {
    const tomas = await person("reviewer");
    await run(mara, "UPDATE orders SET note = 'withdrawn' WHERE id = 202");
    await tomas.getByRole("link", { name: /^Reviews/ }).click();
    await expect(command(tomas)).toContainText("'withdrawn'");
    await runStrip(mara, 1).getByRole("button", { name: "Withdraw" }).click();
    await expect(runStrip(mara, 1)).toContainText("You took it back. Nothing ran");
    await expect(tomas.getByLabel("How it ended")).toContainText("Its owner took it back. Nothing ran.");
    await expect(tomas.getByRole("button", { name: /^Approve/ })).toBeHidden();
  });

  test("cannot be decided by who asked, who is told why", async () => {
    await run(mara, "UPDATE orders SET note = 'mine' WHERE id = 203");
    await expect(runStrip(mara, 1)).toContainText("Held");
    await mara.getByRole("link", { name: /^Reviews/ }).click();
    const decide = mara.getByLabel("Decide", { exact: true });
    await expect(decide).toContainText("You cannot decide this one.");
    await expect(decide).toContainText("You asked for this yourself");
    await mara.keyboard.press("a");
    await expect(mara.getByRole("dialog")).toBeHidden();
    await expect(mara.getByRole("button", { name: /^Approve/ })).toBeHidden();
  });

  test("is approved only after all of it was in view", async ({ person }) => {
    const tomas = await person("reviewer");
    const lines = Array.from({ length: 120 }, (_, at) => `  ${300 + at}`).join(",\n");
    await run(mara, `UPDATE orders SET note = 'many' WHERE id IN (\n${lines}\n)`);
    await expect(runStrip(mara, 1)).toContainText("Held");
    await tomas.getByRole("link", { name: /^Reviews/ }).click();
    await expect(command(tomas)).toContainText("'many'");
    const approve = tomas.getByRole("button", { name: /^Approve/ });
    await expect(approve).toBeDisabled();
    await expect(tomas.getByText("Scroll through the whole command first.")).toBeVisible();
    await tomas.keyboard.press("a");
    await expect(tomas.getByRole("dialog")).toBeHidden();
    await tomas.getByRole("region", { name: "What is asked" }).focus();
    await expect(async () => {
      await tomas.keyboard.press("PageDown");
      await expect(tomas.getByText("Fully shown: 122 of 122 lines")).toBeVisible({ timeout: 200 });
    }).toPass();
    await expect(approve).toBeEnabled();
  });

  test("expires on both sides while they look", async ({ person, as }) => {
    const tomas = await person("reviewer");
    await withPolicies(
      await as("demo-admin"),
      (text) => text.replaceAll('@expires("15m")', '@expires("3s")'),
      async () => {
        await run(mara, "UPDATE orders SET note = 'late' WHERE id = 204");
        await expect(runStrip(mara, 1)).toContainText("Nobody decided in time. Nothing ran");
        await tomas.getByRole("link", { name: /^Reviews/ }).click();
        await tomas.getByText("Decided", { exact: true }).click();
        await expect(command(tomas)).toContainText("'late'");
        await expect(tomas.getByLabel("How it ended")).toContainText("Nobody decided in time. Nothing ran.");
      },
    );
  });
});

test("the page stays where it is when a verdict arrives", async ({ person }) => {
  const mara = await person("engineer");
  await openShop(mara);
  const before = await layoutShifts(mara);
  await write(mara, "SELECT id, email FROM customers");
  await expect(mara.getByText("Runs at once. Masked: email")).toBeVisible();
  await write(mara, "DELETE FROM orders");
  await expect(mara.getByText("Would be blocked").first()).toBeVisible();
  await write(mara, "UPDATE orders SET note = 'x' WHERE id = 205");
  await expect(mara.getByText("Would be held").first()).toBeVisible();
  await write(mara, "SELEC");
  await expect(mara.getByText("Not understood").first()).toBeVisible();
  expect((await layoutShifts(mara)) - before).toBeLessThanOrEqual(0.05);
});

const command = (page: Page) => page.getByRole("figure", { name: "The command" });

/** Puts other policies in force for a while. */
async function withPolicies(
  administrator: Client,
  change: (text: string) => string,
  during: () => Promise<void>,
): Promise<void> {
  const put = async (text: string) => {
    const { body } = await administrator.get("/api/policies");
    const { version } = z.object({ version: z.int() }).parse(body);
    const { status } = await administrator.put("/api/policies", { text, comment: "a test", version });
    expect(status).toBe(200);
  };
  const { text } = z.object({ text: z.string() }).parse((await administrator.get("/api/policies")).body);
  await put(change(text));
  try {
    await during();
  } finally {
    await put(text);
  }
}
