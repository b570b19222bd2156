// `node tools/pictures.mjs`: starts a built demo in a folder of its own, tells the story in Chromium and writes
// docs/pictures/*.png. Needs `npm run build`; CHROMIUM says where the browser is. Names of pictures as arguments write
// these alone.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { register } from "tsx/esm/api";
import { install, root } from "./install.mjs";
import { withPalette } from "./pictures/palette.mjs";

await install();
register();
const { dataFolder, startGateway } = await import("../e2e/targets/gateway.ts");
const { signedIn } = await import("../e2e/targets/client.ts");
const { signIn } = await import("../e2e/targets/sign-in.ts");

const folder = join(root, "docs", "pictures");
const viewport = { width: 1440, height: 900 };
const settleMs = 600;
/** For what is waited for on a machine that does other work too. */
const patienceMs = 120_000;
const wanted = process.argv.slice(2);

const reading = `-- Orders that wait, and whom to tell
SELECT o.id, o.status, o.total_cents, c.name, c.email, c.phone, c.card_number, c.birth_date
FROM orders o
JOIN customers c ON c.id = o.customer_id
WHERE o.status = 'pending' AND o.created_at < now() - interval '30 days'
ORDER BY o.created_at
LIMIT 500`;
const writing = `UPDATE orders
SET status = 'cancelled'
WHERE status = 'pending'
  AND created_at < now() - interval '40 days'`;
const reason = "SUP-4188: orders that never shipped";

/** A signed-in page of somebody. Scheme: as their system has it. */
async function pageOf(browser, url, name, colorScheme = "light") {
  const context = await browser.newContext({ viewport, colorScheme, locale: "en-GB", timezoneId: "UTC" });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
  await signIn(page, url, name);
  return page;
}

async function openTarget(page, url, target, why) {
  await page.goto(`${url}/targets?open=${target}`);
  await page.getByLabel(/^Reason/).fill(why);
  await page.getByRole("button", { name: "Open session" }).click();
  await page.waitForURL(/\/work\/ses_/);
}

/** Types a line at the host's prompt, once what came before it is on the screen. */
async function type(page, line, after) {
  await page.locator(".xterm-rows").getByText(after).last().waitFor();
  await page.keyboard.type(`${line}\n`);
}

async function run(page, sql) {
  await page.locator(".monaco-editor .view-lines").first().click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(sql);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Run/ }).first().click();
}

async function picture(page, name) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  // Nothing blinks, nothing is half faded in.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(settleMs);
  const png = withPalette(await page.screenshot({ animations: "disabled", caret: "hide" }));
  writeFileSync(join(folder, `${name}.png`), png);
  console.log(`docs/pictures/${name}.png, ${Math.round(png.length / 1024)} KiB`);
}

const data = dataFolder();
const gateway = await startGateway({ dataDir: data.path });
const { url } = gateway;
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"].concat(
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ),
});
try {
  mkdirSync(folder, { recursive: true });
  const calls = await signedIn(url, "demo-engineer");
  // The first command of a gateway waits for the catalog: pictures show an everyday one.
  await calls.run(await calls.open("shop", "warm up"), reading);
  for (const scheme of ["dark", "light"]) {
    const page = await pageOf(browser, url, "Mara Lindqvist", scheme);
    await openTarget(page, url, "shop", reason);
    await run(page, reading);
    await page.getByRole("gridcell").first().waitFor();
    await picture(page, `workspace-${scheme}`);
    await page.context().close();
  }
  const { body: mine } = await calls.get("/api/sessions");
  for (const { id } of mine.sessions) await calls.delete(`/api/sessions/${id}`);

  const engineer = await pageOf(browser, url, "Mara Lindqvist");
  await openTarget(engineer, url, "shop", reason);
  await run(engineer, reading);
  await engineer.getByRole("gridcell").first().waitFor();
  await run(engineer, "DELETE FROM orders");
  await engineer.getByText("would change every row").first().waitFor();
  await run(engineer, writing);
  const reviews = await signedIn(url, "demo-reviewer");
  const held = await until(async () => (await reviews.get("/api/reviews?state=pending")).body.reviews[0]);
  await engineer.getByText("shop-reviewers").first().waitFor();
  await picture(engineer, "held");

  const reviewer = await pageOf(browser, url, "Tomas Okafor");
  await reviewer.goto(`${url}/reviews?review=${held.id}`);
  await reviewer.getByRole("button", { name: /^Approve/ }).waitFor();
  await picture(reviewer, "review");
  await reviews.vote(held.id, "approve", held.sha256, "Checked against SUP-4188.");
  await engineer.getByText("Approved, and it ran").waitFor();
  await calls.delete(`/api/sessions/${held.session}`);

  const operator = await pageOf(browser, url, "Mara Lindqvist", "dark");
  await openTarget(operator, url, "bastion", "OPS-77: the disk is full");
  await type(operator, "tail -n 4 /var/log/shop/app.log", "$");
  await type(operator, "rm -rf /", "card •");
  await type(operator, "rm -rf /var/log/shop", "Blocked");
  await operator.getByRole("region", { name: "The line that waits" }).waitFor();
  await picture(operator, "terminal");
  await operator.context().close();

  const auditor = await pageOf(browser, url, "Elif Aydin");
  await auditor.goto(`${url}/audit?q=cancelled&session=${held.session}`);
  await auditor.getByRole("button", { name: "Check", exact: true }).click();
  await auditor
    .getByRole("list", { name: "Events" })
    .getByText(/^SELECT|^-- Orders/)
    .first()
    .click();
  await picture(auditor, "replay");

  const administrator = await pageOf(browser, url, "Jonas Weiss");
  await administrator.goto(`${url}/policies`);
  await administrator.locator(".view-lines").getByText("no-unbounded-writes").waitFor();
  // The command that is tried there first is the host's: the database's shows the policy that is read.
  await administrator.getByRole("combobox", { name: "On" }).click();
  await administrator.getByRole("option", { name: "shop, prod" }).click();
  const tried = administrator.getByRole("complementary", { name: "Try a command" });
  await tried.getByText("Writes to production need one person").first().waitFor();
  await administrator.getByText("write-prod", { exact: true }).first().click();
  await picture(administrator, "policies");
} finally {
  await browser.close();
  await gateway.stop();
  data.remove();
}

/** The first answer that is one. @throws where none comes in time. */
async function until(ask) {
  for (const late = Date.now() + patienceMs; ;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > late) throw new Error(`nothing came of ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
