import type { Page } from "@playwright/test";
import { z } from "zod";
import { axeViolations } from "../targets/axe.ts";
import { expect, expectNoSidewaysScroll, openShop, phone, run, runStrip, test } from "../targets/portal.ts";

/** Each page at a desk and on a phone, in light and in dark: no rule of axe's is broken, none is switched off. */
const desk = { width: 1440, height: 900 };

// Each person's pages are a test of their own, for whichever worker is free; each looks at dozens of states.
test.describe.configure({ mode: "parallel" });

test("the ways in", async ({ stranger, gateway }) => {
  const page = await stranger();
  await page.goto(gateway.url);
  const start = page.getByRole("button", { name: "Continue as a demo person" });
  await expect(start).toBeVisible();
  await expectAccessible(page);
  await page.goto(`${gateway.url}/no-such-page`);
  await expect(page.getByText("There is no page here")).toBeVisible();
  await expectAccessible(page);
  await page.goto(`${gateway.url}/auth/callback?error=access_denied&state=unknown`);
  await expect(page.getByText("The issuer did not sign you in")).toBeVisible();
  await expectAccessible(page);
  await page.goto(gateway.url);
  await start.click();
  await expect(page.getByRole("button", { name: "Mara Lindqvist" })).toBeVisible();
  await expectAccessible(page);
});

test("an engineer's pages", async ({ person }) => {
  const page = await person("engineer");
  await expect(page.getByRole("button", { name: "Open shop" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Open shop" }).click();
  await expect(page.getByRole("textbox", { name: /^Reason/ })).toBeVisible();
  await expectAccessible(page);
  await go(page, "Work");
  await expect(page.getByText("No session is open")).toBeVisible();
  await expectAccessible(page);

  await openShop(page, "SUP-4196");
  await run(page, "SELECT * FROM customers ORDER BY id");
  await expect(page.getByRole("gridcell").first()).toBeVisible();
  await expectAccessible(page);
  await run(page, "DELETE FROM orders");
  await expect(runStrip(page, 2)).toContainText("Blocked");
  await run(page, "UPDATE orders SET note = 'seen by axe' WHERE id = 211");
  await expect(runStrip(page, 3)).toContainText("Held");
  await expectAccessible(page);
  await page.getByRole("tab", { name: /^Messages/ }).click();
  await expectAccessible(page);

  await go(page, /^Reviews/);
  await expect(page.getByText("You cannot decide this one.")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Search or do anything" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await go(page, "Audit");
  await expect(page.getByRole("list", { name: "Events" })).toContainText("DELETE FROM orders");
  await expectAccessible(page);
  await go(page, "Settings");
  await expect(page.getByRole("heading", { name: "Who you are" })).toBeVisible();
  await expectAccessible(page);
});

test("a terminal", async ({ person }) => {
  const page = await person("engineer");
  await page.getByRole("button", { name: "Open bastion" }).click();
  await page.getByRole("button", { name: "Open session" }).click();
  await expect(page.getByRole("textbox", { name: "Terminal input" })).toBeFocused();
  await expect(page.getByText("Line by line", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.type("rm -rf /srv/releases/2026-08-14");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "The line that waits" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: /^Text of/ }).click();
  await page.getByRole("menuitem", { name: "Screen reader mode: off" }).click();
  await page.getByRole("button", { name: "Find" }).click();
  await expect(page.getByRole("textbox", { name: "Find in this terminal" })).toBeFocused();
  await expectAccessible(page);
});

test("a reviewer's pages", async ({ person, as }) => {
  const mara = await as("demo-engineer");
  const session = await mara.open("shop", "SUP-4197");
  const page = await person("reviewer");
  await go(page, /^Reviews/);
  await expect(page.getByText("Nothing waits on you")).toBeVisible();
  await expectAccessible(page);
  await mara.run(session, "UPDATE orders SET note = 'to be read \u202E' WHERE id BETWEEN 212 AND 220");
  await expect(page.getByRole("button", { name: /^Approve/ })).toBeEnabled();
  await expectAccessible(page);
  await page.keyboard.press("a");
  await expect(page.getByRole("dialog", { name: "Approve and run once" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("x");
  await page.getByRole("dialog", { name: "Reject" }).getByRole("button", { name: "Reject" }).click();
  await expect(page.getByLabel("How it ended")).toBeVisible();
  await page.getByText("Decided", { exact: true }).click();
  await expectAccessible(page);
});

test("an auditor's pages", async ({ person, as }) => {
  const mara = await as("demo-engineer");
  const session = await mara.open("shop", "SUP-4198");
  await mara.run(session, "SELECT * FROM customers ORDER BY id LIMIT 50");
  await mara.send(session, "DELETE FROM orders");
  const page = await person("auditor");
  await go(page, "Audit");
  await page.getByRole("list", { name: "Sessions" }).getByRole("button").first().click();
  const events = page.getByRole("list", { name: "Events" });
  await events.getByRole("button", { name: /SELECT \* FROM customers/ }).click();
  await expectAccessible(page);
  await mara.delete(`/api/sessions/${session.id}`);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByText("Nothing in this session was altered")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("searchbox", { name: "Search in commands" }).fill("nothinglikethis");
  await expect(page.getByText("No session fits")).toBeVisible();
  await expectAccessible(page);
  await go(page, "Ledger");
  const entries = page.getByRole("region", { name: "Entries" });
  await entries.getByRole("button").first().click();
  await expect(entries.getByText("Previous", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Check all of it" }).click();
  await expect(page.getByText("No entry was altered, removed or added.")).toBeVisible();
  await expectAccessible(page);
});

test("an administrator's pages", async ({ person }) => {
  const page = await person("administrator");
  await expect(page.getByRole("button", { name: "Settings of shop" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Settings of shop" }).click();
  await page.getByRole("button", { name: "Test the connection" }).click();
  await expect(page.getByText("It answers")).toBeVisible();
  await expectAccessible(page);
  await go(page, "Targets");
  await page.getByRole("button", { name: "Connect a target" }).click();
  await expect(page.getByRole("textbox", { name: /^Host/ })).toBeVisible();
  await expectAccessible(page);
  await go(page, "Policies");
  await expect(page.getByText("by write-prod").or(page.getByText("Would be held")).first()).toBeVisible();
  await expectAccessible(page);
  await page.getByText("History", { exact: true }).click();
  await expect(page.getByRole("region", { name: "History" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("radiogroup", { name: "View" }).getByText(/^Diff/).click();
  await expect(page.getByRole("region", { name: /^Difference/ })).toBeVisible();
  await expectAccessible(page);
  await go(page, "Classes");
  await expect(page.getByRole("button", { name: "New class" })).toBeVisible();
  await expectAccessible(page);
  await page.getByText("Columns of shop", { exact: true }).click();
  await expect(page.getByRole("combobox", { name: "Class of public.customers.email" })).toBeVisible();
  await expectAccessible(page);
});

test("an administrator's page of people", async ({ person, as }) => {
  const page = await person("administrator");
  await go(page, "People");
  await expect(page.getByText("Nobody's access is taken back")).toBeVisible();
  await expectAccessible(page);
  await (await as("demo-agent")).open("shop", "SUP-4200");
  const present = page.getByRole("list", { name: "With open sessions" });
  await present.getByRole("button", { name: /^Take the access of/ }).click();
  await expect(page.getByRole("dialog", { name: /^Take the access of/ })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  const admin = await as("demo-admin");
  const reason = "left the company \u202E";
  const { id } = z
    .object({ id: z.string() })
    .parse((await admin.post("/api/blocks", { subject: "somebody.who-left", reason })).body);
  await expect(page.getByRole("list", { name: "Access taken back" })).toContainText("somebody.who-left");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Give access to somebody.who-left again" }).click();
  await expect(page.getByRole("dialog", { name: /^Give access/ })).toBeVisible();
  await expectAccessible(page);
  await admin.post(`/api/blocks/${id}/lift`, { reason: "end of the test" });
});

test("what slides in on a phone", async ({ person, as }) => {
  const session = await (await as("demo-engineer")).open("shop", "SUP-4199");
  const held = await (
    await as("demo-engineer")
  ).run(session, "UPDATE orders SET note = 'small' WHERE id = 221");
  const mara = await person("engineer", phone);
  await mara.goto(`${new URL(mara.url()).origin}/work/${session.id}`);
  for (const part of ["Schema", "Decision"]) {
    await mara.getByRole("button", { name: `Show ${part.toLowerCase()}` }).tap();
    await expect(mara.getByRole("dialog", { name: part })).toBeVisible();
    await expectAccessibleHere(mara);
    await mara.keyboard.press("Escape");
    await expect(mara.getByRole("dialog")).toBeHidden();
  }
  const tomas = await person("reviewer", phone);
  await go(tomas, /^Reviews/);
  await expect(tomas.getByRole("list", { name: "Reviews" })).toContainText("'small'");
  await expectAccessibleHere(tomas);
  const elif = await person("auditor", phone);
  await go(elif, "Audit");
  await expect(elif.getByRole("list", { name: "Sessions" })).toContainText("'small'");
  await expectAccessibleHere(elif);
  await elif.getByRole("list", { name: "Sessions" }).getByRole("button").first().tap();
  await elif.getByRole("button", { name: "Show evidence" }).tap();
  await expect(elif.getByRole("dialog", { name: "Evidence" })).toBeVisible();
  await expectAccessibleHere(elif);
  expect(held.state).toBe("held");
});

const go = (page: Page, place: string | RegExp) => page.getByRole("link", { name: place }).click();

/** At a desk and on a phone. */
async function expectAccessible(page: Page): Promise<void> {
  for (const viewport of [desk, phone.viewport]) {
    await page.setViewportSize(viewport);
    await expectAccessibleHere(page);
  }
  await page.setViewportSize(desk);
}

/** In light and in dark, as wide as it is. */
async function expectAccessibleHere(page: Page): Promise<void> {
  await expectNoSidewaysScroll(page);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect(page.locator("html")).toHaveCSS("color-scheme", new RegExp(colorScheme));
    expect
      .soft(await axeViolations(page), `${page.url()}, ${page.viewportSize()?.width} px, ${colorScheme}`)
      .toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
