import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { startSshd, type Sshd } from "../../server/protocols/ssh/testing/sshd.ts";
import { axeViolations } from "../targets/axe.ts";
import { expect, expectNoSidewaysScroll, phone, test } from "../targets/portal.ts";

/** A terminal whose lines nobody judges: where a policy permits one, once people agree, and never without its mark. */
let sshd: Sshd;
const label = "Raw: recorded, not governed";
/** `attic` has the tag that the demo's policy asks for; `strict` has not. */
const targets = { attic: { env: "prod", terminal: "raw" }, strict: { env: "prod" } };

test.beforeAll(async ({ as }) => {
  sshd = await startSshd();
  for (const [name, tags] of Object.entries(targets)) {
    const input = { ...sshd.asTarget, tags };
    expect((await (await as("demo-admin")).put(`/api/targets/${name}`, input)).status).toBe(200);
  }
});
test.afterAll(async ({ as }) => {
  for (const name of Object.keys(targets)) await (await as("demo-admin")).delete(`/api/targets/${name}`);
  await sshd.stop();
});

test("an engineer asks for one, a reviewer approves, and it is marked wherever it is shown", async ({
  person,
}) => {
  const [mara, tomas] = await Promise.all([person("engineer"), person("reviewer")]);
  await openGoverned(mara, "attic");

  await test.step("from where the terminal says how it is governed, by keys alone", async () => {
    await mara.getByRole("button", { name: "Governed", exact: true }).focus();
    await mara.keyboard.press("Enter");
    await expect(mara.getByRole("menu")).toContainText("each gets a verdict of its own");
    for (const name of ["Open a governed terminal", "Open a recorded-only terminal…"]) {
      await mara.keyboard.press("ArrowDown");
      await expect(mara.getByRole("menuitem", { name })).toBeFocused();
    }
    await mara.keyboard.press("Enter");
    const dialog = askDialog(mara, "attic");
    await expect(dialog.getByRole("textbox", { name: /^Reason/ })).toBeFocused();
    await expect(dialog).toContainText("nothing is held and nothing is stopped");
    await expect(dialog.getByRole("button", { name: "Ask for it" })).toBeDisabled();
    await expectAccessible(mara);
    await mara.keyboard.type("OPS-77: its menus need every key");
    await mara.keyboard.press("Enter");
    await expect(waiting(mara)).toContainText("Waits on shop-reviewers: 0 of 1 person approved");
    await expect(waiting(mara)).toContainText("Opens a terminal that is recorded only.");
  });

  await test.step("it still waits after a reload, and is taken back with Ctrl-C", async () => {
    await mara.reload();
    await expect(waiting(mara)).toContainText("0 of 1 person approved");
    await expectAccessible(mara);
    await input(mara).focus();
    await mara.keyboard.press("Control+c");
    await expect(mara.getByRole("alert")).toContainText("Withdrawn");
    await expect(waiting(mara)).toBeHidden();
  });

  await test.step("it is asked for again, and opens in its place once somebody else approves", async () => {
    await mara.getByRole("button", { name: "Ask again…" }).click();
    const reason = askDialog(mara, "attic").getByRole("textbox", { name: /^Reason/ });
    await expect(reason).toHaveValue("OPS-77: its menus need every key");
    await expect(reason).toBeFocused();
    await mara.keyboard.press("Enter");
    await expect(waiting(mara)).toBeVisible();
    await tomas.getByRole("link", { name: /^Reviews/ }).click();
    await expect(tomas.getByRole("figure", { name: "The command" })).toContainText("raw terminal");
    await expect(tomas.getByRole("main")).toContainText("OPS-77: its menus need every key");
    await tomas.getByRole("button", { name: /^Approve/ }).click();
    await tomas.getByRole("dialog").getByRole("button", { name: "Approve, run once" }).click();
    await expect(mark(mara)).toBeVisible();
    await expect(input(mara)).toBeFocused();
    await expect(screen(mara)).toContainText(/[#$]/);
  });

  const made = join(sshd.folder, "made-raw");
  await test.step("it runs what is typed without a verdict, under a mark that stays", async () => {
    await enter(mara, `touch ${made}; echo un$((1+1))judged`);
    await expect(screen(mara)).toContainText("un2judged");
    expect(existsSync(made)).toBe(true);
    await expect(mara.getByRole("list", { name: "Verdicts" }).getByRole("button")).toHaveCount(0);
    await expect(mara.getByRole("navigation", { name: "Sessions" })).toContainText(label.toLowerCase());
    await expect(mara.getByRole("contentinfo")).toContainText(label);
    await expectAccessible(mara);
    await mara.reload();
    await expect(mark(mara)).toBeVisible();
    await expect(screen(mara)).toContainText("un2judged");
    await expect(input(mara)).toBeFocused();
    await mara.setViewportSize(phone.viewport);
    await expect(mark(mara)).toBeInViewport({ ratio: 1 });
    await expectNoSidewaysScroll(mara);
  });

  await test.step("and is recorded, with its mark in the replay", async () => {
    const session = new URL(mara.url()).pathname.split("/").at(-1) ?? "";
    await enter(mara, "exit");
    await expect(mara.getByRole("alert")).toContainText("closed this session");
    const elif = await person("auditor");
    await elif.goto(`${new URL(elif.url()).origin}/audit?session=${session}`);
    await elif
      .getByRole("list", { name: "Events" })
      .getByRole("button", { name: /Terminal opened, raw: recorded, not governed/ })
      .click();
    const scene = elif.getByRole("region", { name: "As Mara Lindqvist saw it" });
    await expect(elif.locator(".scene").getByText(label)).toBeVisible();
    await elif.getByRole("slider", { name: "Position in the session" }).press("End");
    await elif.getByRole("button", { name: "Previous event" }).click();
    await expect(scene.locator(".xterm-rows")).toContainText("un2judged");
    await expect(elif.locator(".scene").getByText(label)).toBeVisible();
  });
});

test("where no policy permits one, the sentence says so, and a governed one is a click away", async ({
  person,
}) => {
  const mara = await person("engineer");
  await mara.getByRole("link", { name: "Targets" }).click();
  await mara.getByRole("button", { name: "Open strict" }).click();
  await mara.getByRole("checkbox", { name: /^Recorded-only terminal/ }).check();
  await expect(mara.getByRole("button", { name: "Ask for it" })).toBeDisabled();
  await mara.getByRole("textbox", { name: /^Reason/ }).fill("OPS-78: quicker");
  await expectAccessible(mara);
  await mara.getByRole("button", { name: "Ask for it" }).click();
  await expect(mara.getByRole("alert")).toContainText(
    "Blocked. No policy allows shell.raw for groups engineers",
  );
  await expect(mara.getByRole("complementary", { name: "Decision" })).toContainText("Blocked");
  await expect(mara.getByText(label)).toBeHidden();
  await expectAccessible(mara);
  await mara.getByRole("button", { name: "Open a governed terminal" }).click();
  await expect(mara.getByText("Governed", { exact: true })).toBeVisible();
  await expect(mara.getByRole("alert")).toBeHidden();
  await expect(input(mara)).toBeFocused();
  await enter(mara, "echo governed-$((6*7))");
  await expect(screen(mara)).toContainText("governed-42");
});

test("what was refused while nobody was connected is told, and not asked for again", async ({
  person,
  as,
}) => {
  const mara = await person("engineer");
  await openGoverned(mara, "attic");
  // Nothing of it reaches the shell, however long the palette takes: what follows its key is the palette's.
  // All of it in one go, before the field is there.
  await mara.evaluate(() => {
    for (const key of ["K", ..."recorded-only"])
      document.activeElement?.dispatchEvent(
        new KeyboardEvent("keydown", {
          key,
          code: `Key${key.toUpperCase()}`,
          ctrlKey: key === "K",
          shiftKey: key === "K",
          bubbles: true,
          cancelable: true,
        }),
      );
  });
  await expect(mara.getByRole("textbox", { name: "Search or do anything" })).toHaveValue("recorded-only");
  await expect(screen(mara)).not.toContainText("recorded");
  await expect(mara.getByRole("dialog").getByRole("button")).toHaveText([
    "Open a recorded-only terminal",
    /Sessions with/,
  ]);
  await mara.keyboard.press("Enter");
  await askDialog(mara, "attic").getByRole("textbox").fill("OPS-79: a lost network");
  await mara.keyboard.press("Enter");
  await expect(waiting(mara)).toBeVisible();

  await mara.context().setOffline(true);
  await expect(mara.getByText("What you asked for still waits.")).toBeVisible();
  const tomas = await as("demo-reviewer");
  const [review] = Object((await tomas.get("/api/reviews?state=pending")).body).reviews;
  expect((await tomas.vote(review.id, "reject", review.sha256, "use the governed one")).status).toBe(200);
  // Until it has ended it waits on, and would be told as it ends.
  const asker = await as("demo-engineer");
  const ended = async () => Object((await asker.get(`/api/commands/${review.command}`)).body).state;
  await expect.poll(ended).toBe("rejected");
  await mara.context().setOffline(false);

  await expect(mara.getByText("Governed", { exact: true })).toBeVisible();
  await expect(mara.getByText("The recorded-only terminal: rejected")).toBeVisible();
  await expect(mara.getByRole("complementary", { name: "Decision" })).toContainText("use the governed one");
  expect(Object((await tomas.get("/api/reviews?state=pending")).body).reviews).toEqual([]);
  await enter(mara, "echo on-$((6*7))");
  await expect(screen(mara)).toContainText("on-42");
  await expect(mara.getByText("The recorded-only terminal: rejected")).toBeHidden();
});

async function openGoverned(page: Page, target: string): Promise<void> {
  await page.getByRole("link", { name: "Targets" }).click();
  await page.getByRole("button", { name: `Open ${target}` }).click();
  await page.getByRole("button", { name: "Open session" }).click();
  await expect(page.getByText("Governed", { exact: true })).toBeVisible();
  await expect(input(page)).toBeFocused();
}

const input = (page: Page): Locator => page.getByRole("textbox", { name: "Terminal input" });
const screen = (page: Page): Locator => page.locator(".xterm-rows");
/** In the terminal's own bar, and in sight at every width. */
const mark = (page: Page): Locator =>
  page.getByRole("region", { name: /^Terminal on/ }).getByRole("button", { name: label, exact: true });
const waiting = (page: Page): Locator => page.getByRole("region", { name: "The terminal that waits" });
const askDialog = (page: Page, target: string): Locator =>
  page.getByRole("dialog", { name: `Open a recorded-only terminal on ${target}?` });

async function enter(page: Page, line: string): Promise<void> {
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expect(page.locator("html")).toHaveCSS("color-scheme", new RegExp(colorScheme));
    expect.soft(await axeViolations(page), `${page.url()}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
