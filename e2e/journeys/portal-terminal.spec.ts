import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { startSshd, type Sshd } from "../../server/protocols/ssh/testing/sshd.ts";
import { expect, expectNoSidewaysScroll, layoutShifts, phone, tabTo, test } from "../targets/portal.ts";

/** A terminal in the browser on a real host, with its real shell. */
let sshd: Sshd;

test.beforeAll(async ({ as }) => {
  sshd = await startSshd();
  const admin = await as("demo-admin");
  const input = { ...sshd.asTarget, tags: { env: "prod" } };
  expect((await admin.put("/api/targets/workshop", input)).status).toBe(200);
});
test.afterAll(async ({ as }) => {
  await (await as("demo-admin")).delete("/api/targets/workshop");
  await sshd.stop();
});

test("an engineer works, waits, is approved, and sees why", async ({ person }) => {
  const [mara, tomas] = await Promise.all([person("engineer"), person("reviewer")]);
  await openWorkshop(mara, "OPS-12: tidy up");

  await test.step("in a living shell that keeps what it was told", async () => {
    await enter(mara, `cd ${sshd.folder}; GREETING=hello`);
    await expect(mark(mara, "Allowed", "cd ")).toBeVisible();
    await enter(mara, 'echo "$GREETING-$((40+2))"');
    await expect(screen(mara)).toContainText("hello-42");
    await expect(mara.getByText(/^Terminal connected, echo [\d.]+ m?s$/)).toBeVisible();
    await expect(mara.getByText(/^Verdict at Enter [\d.]+ m?s$/)).toBeVisible();
    await expect(mara.getByText(/^Ledger entry [\d,]+$/)).toBeVisible();
  });

  await test.step("what is blocked says so under the line and in the panel", async () => {
    await enter(mara, "rm -rf /etc");
    await expect(screen(mara)).toContainText("Blocked. It would delete a whole tree");
    await expect(mark(mara, "Did not run", "rm -rf /etc")).toBeVisible();
    const panel = mara.getByRole("complementary", { name: "Decision" });
    await expect(panel.getByRole("figure", { name: "The line" })).toContainText("rm -rf /etc");
    await expect(panel).toContainText("no-broad-deletes");
    await mark(mara, "Allowed", "echo").click();
    await expect(panel.getByRole("figure", { name: "The line" })).toContainText("GREETING");
    await panel.getByRole("button", { name: "The line after" }).click();
    await expect(panel.getByRole("figure", { name: "The line" })).toContainText("rm -rf /etc");
  });

  const made = join(sshd.folder, "made");
  await test.step("what is held waits under its line, also at the foot of the window", async () => {
    await terminal(mara).click();
    await enter(mara, "seq 60");
    await expect(screen(mara)).toContainText("60");
    const shifts = await layoutShifts(mara);
    await enter(mara, "touch made");
    const strip = mara.getByRole("region", { name: "The line that waits" });
    await expect(strip).toContainText("Waits on shop-reviewers: 0 of 1 person approved");
    const line = screen(mara).getByText("touch made").last();
    // The terminal lifts by a row once the words under the line have come.
    await expect(async () => {
      const [above, below] = [await line.boundingBox(), await strip.boundingBox()];
      expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual((below?.y ?? 0) + 1);
      expect((below?.y ?? 0) + (below?.height ?? 0)).toBeLessThanOrEqual(900);
    }).toPass();
    expect((await layoutShifts(mara)) - shifts).toBeLessThanOrEqual(0.05);
    await expect(mara.getByRole("navigation", { name: "Sessions" })).toContainText("a line waits");
    expect(existsSync(made)).toBe(false);
  });

  await test.step("and runs in its own shell once somebody else approves", async () => {
    await tomas.getByRole("link", { name: /^Reviews/ }).click();
    await expect(tomas.getByRole("figure", { name: "The command" })).toContainText("touch made");
    await tomas.getByRole("button", { name: /^Approve/ }).click();
    await tomas.getByRole("dialog").getByRole("button", { name: "Approve, run once" }).click();
    await expect(mara.getByRole("region", { name: "The line that waits" })).toBeHidden();
    await expect.poll(() => existsSync(made)).toBe(true);
    await expect(mara.getByRole("complementary", { name: "Decision" })).toContainText("Tomas Okafor");
  });

  await test.step("Ctrl-C takes a line back that waits", async () => {
    await enter(mara, "touch never");
    await expect(mara.getByRole("region", { name: "The line that waits" })).toContainText("never");
    await mara.keyboard.press("Control+c");
    await expect(mara.getByRole("region", { name: "The line that waits" })).toBeHidden();
    await expect(mark(mara, "Did not run", "touch never")).toBeVisible();
    await enter(mara, "echo on and on");
    await expect(screen(mara).getByText(/^on and on/)).toBeVisible();
    expect(existsSync(join(sshd.folder, "never"))).toBe(false);
  });
});

test("a flood is stopped at once, and the shell outlives a lost network", async ({ person }) => {
  const mara = await person("engineer");
  await openWorkshop(mara);

  await test.step("Ctrl-C reaches what prints without end", async () => {
    await enter(mara, "yes flood");
    await expect(screen(mara)).toContainText("flood");
    await expect(mark(mara, "Allowed", "yes")).toBeHidden();
    await mara.keyboard.press("Control+c");
    await enter(mara, "echo quiet-$((6*7))");
    await expect(screen(mara)).toContainText("quiet-42");
  });

  await test.step("what happened meanwhile stands on the screen", async () => {
    await enter(mara, "KEPT=alive; clear");
    await expect(screen(mara)).not.toContainText("flood");
    await enter(mara, `for i in 1 2 3; do sleep 1; echo step-$i; done`);
    await mara.context().setOffline(true);
    await expect(mara.getByText("What you type now is not sent.")).toBeVisible();
    await mara.keyboard.type("echo lost");
    await mara.context().setOffline(false);
    await expect(mara.getByText("Connected again")).toBeVisible();
    await expect(screen(mara)).toContainText("step-3");
    await expect(screen(mara)).not.toContainText("echo lost");
    await enter(mara, 'echo "$KEPT"-$((1+1))');
    await expect(screen(mara)).toContainText("alive-2");
  });

  await test.step("and a reload, with the verdicts beside its lines", async () => {
    await expect(mark(mara, "Allowed", 'echo "$KEPT"-$((1+1))')).toBeVisible();
    await mara.reload();
    await expect(screen(mara)).toContainText("alive-2");
    await expect(mark(mara, "Allowed", 'echo "$KEPT"-$((1+1))')).toBeVisible();
    await expect(terminal(mara)).toBeFocused();
    await enter(mara, 'echo "$KEPT"-$((2+1))');
    await expect(screen(mara)).toContainText("alive-3");
    const line = mara.getByRole("figure", { name: "The line" });
    await expect(line).toContainText("$((2+1))");
    const before = mara.getByRole("button", { name: "The line before" });
    while (await before.isEnabled()) await before.click();
    await expect(line).toContainText("yes flood");
    await terminal(mara).focus();
  });

  await test.step("an end by somebody else says so, and how to go on", async () => {
    await enter(mara, "exit");
    await expect(mara.getByRole("alert")).toContainText("closed this session");
    await mara.getByRole("button", { name: "Open it again" }).click();
    await expect(screen(mara)).not.toContainText("alive-3");
    await expect(mara.getByText("Governed", { exact: true })).toBeVisible();
  });
});

test("what is pasted and what is linked is looked at first, and keys lead out", async ({ person }) => {
  const mara = await person("engineer");
  await openWorkshop(mara);

  await test.step("lines that are pasted are shown first", async () => {
    await paste(mara, "echo one\necho \u202etwo\u001b[201~\n");
    const dialog = mara.getByRole("dialog", { name: "Paste 2 lines?" });
    await expect(dialog.getByRole("figure", { name: "What would be pasted" })).toContainText("U+202E");
    await expect(dialog).toContainText("1 control character");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(dialog).toBeHidden();
    await paste(mara, "echo pasted-$((3*3))");
    await expect(screen(mara)).toContainText("pasted-$((3*3))");
    await terminal(mara).focus();
    await mara.keyboard.press("Enter");
    await expect(screen(mara)).toContainText("pasted-9");
  });

  await test.step("a link asks, with the host that it leads to", async () => {
    await enter(mara, "echo https://docs.example/a");
    const link = screen(mara).getByText(/^https:\/\/docs.example\/a/);
    const box = await link.boundingBox();
    await mara.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 6);
    await mara.mouse.move((box?.x ?? 0) + 40, (box?.y ?? 0) + 6);
    await expect(mara.locator(".xterm-cursor-pointer")).toBeVisible();
    await mara.mouse.click((box?.x ?? 0) + 40, (box?.y ?? 0) + 6);
    const dialog = mara.getByRole("dialog", { name: "Open this address?" });
    await expect(dialog).toContainText("docs.example");
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  await test.step("titles from the target stay without effect", async () => {
    const title = await mara.title();
    await enter(mara, String.raw`printf '\033]0;owned\007'; echo titled`);
    await expect(screen(mara).getByText(/^titled/)).toBeVisible();
    expect(await mara.title()).toBe(title);
  });

  await test.step("the shell has the keys, F6 leads out", async () => {
    await mara.keyboard.type("echo cut");
    await mara.keyboard.press("Control+a");
    await mara.keyboard.press("Control+k");
    await expect(mara.getByRole("dialog")).toBeHidden();
    await mara.keyboard.press("F6");
    await expect(terminal(mara)).not.toBeFocused();
    await tabTo(mara, terminal(mara));
  });

  await test.step("words are found", async () => {
    await mara.keyboard.press("Control+Shift+F");
    await mara.getByRole("textbox", { name: "Find in this terminal" }).fill("pasted");
    await expect(mara.getByText(/^\d+ of \d+$/)).toBeVisible();
    await mara.keyboard.press("Escape");
    await expect(terminal(mara)).toBeFocused();
  });

  await test.step("another session stands beside it, each with its own shell", async () => {
    await enter(mara, "HERE=first");
    await mara.getByRole("button", { name: "Split" }).click();
    await expect(mara.getByRole("region", { name: "Terminal on workshop" })).toHaveCount(2);
    const second = mara.getByRole("region", { name: "Terminal on workshop" }).nth(1);
    await expect(second.getByText("Governed", { exact: true })).toBeVisible();
    await expect(second.getByRole("textbox", { name: "Terminal input" })).toBeFocused();
    await enter(mara, 'echo "[$HERE]"');
    await expect(second.locator(".xterm-rows")).toContainText("[]");
    await mara.keyboard.press("Alt+1");
    await expect(terminal(mara)).toBeFocused();
    await enter(mara, 'echo "[$HERE]"');
    await expect(screen(mara)).toContainText("[first]");
    // What it prints is seen before its end; a running line would be asked about.
    const decision = mara.getByRole("complementary", { name: "Decision" });
    await expect(decision.getByRole("figure", { name: "The line" })).toContainText("[$HERE]");
    await expect(decision).toContainText("Completed");
    await mara.getByRole("button", { name: "Close workshop", exact: true }).click();
    await expect(mara.getByRole("region", { name: "Terminal on workshop" })).toHaveCount(1);
  });
});

test("what was hidden is told beside its line, and again after a reload", async ({ person }) => {
  const mara = await person("engineer");
  await openWorkshop(mara);
  await enter(mara, String.raw`printf '4111%s\n' 111111111111`);
  await expect(screen(mara)).toContainText("••••");
  await expect(screen(mara)).not.toContainText("4111111111111111");
  await expect(mark(mara, "Allowed", "printf")).toHaveAccessibleName(/, masked card$/);
  const panel = mara.getByRole("complementary", { name: "Decision" });
  await expect(panel).toContainText("Masked on the screen");
  await mara.reload();
  await expect(panel).toContainText("Masked on the screen");
  await expect(panel).toContainText("card");
});

test("a terminal fits a phone", async ({ person }) => {
  const mara = await person("engineer", phone);
  await openWorkshop(mara);
  await enter(mara, "touch small");
  await expect(mara.getByRole("region", { name: "The line that waits" })).toBeVisible();
  await expectNoSidewaysScroll(mara);
  await mara.getByRole("button", { name: "Withdraw" }).tap();
  await expect(mara.getByRole("region", { name: "The line that waits" })).toBeHidden();
});

test("a terminal is at no moment wider than a window that becomes narrow", async ({ person }) => {
  const mara = await person("engineer");
  await openWorkshop(mara);
  await mara.evaluate(() => {
    window.addEventListener("resize", () => {
      const { clientWidth, scrollWidth } = document.documentElement;
      document.documentElement.dataset["atResize"] = `${scrollWidth} in ${clientWidth}`;
    });
  });
  await mara.setViewportSize(phone.viewport);
  await expect(mara.locator("html")).toHaveAttribute("data-at-resize", "390 in 390");
  await expectNoSidewaysScroll(mara);
});

async function openWorkshop(page: Page, reason = ""): Promise<void> {
  await page.getByRole("link", { name: "Targets" }).click();
  await page.getByRole("button", { name: "Open workshop" }).click();
  await page.getByRole("textbox", { name: /^Reason/ }).fill(reason);
  await page.getByRole("button", { name: "Open session" }).click();
  await expect(page.getByText("Governed", { exact: true })).toBeVisible();
  await expect(terminal(page)).toBeFocused();
  await expect(screen(page)).toContainText(/[#$]/);
}

const terminal = (page: Page) => page.getByRole("textbox", { name: "Terminal input" }).first();
/** What stands in the window, as it is drawn. */
const screen = (page: Page) => page.locator(".xterm-rows").first();
const mark = (page: Page, verdict: string, line: string) =>
  page
    .getByRole("list", { name: "Verdicts" })
    .getByRole("button", { name: `${verdict}: ${line}` })
    .last();

async function enter(page: Page, line: string): Promise<void> {
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

async function paste(page: Page, text: string): Promise<void> {
  await terminal(page).evaluate((element, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}
