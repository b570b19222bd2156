import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { startSshd } from "../../server/protocols/ssh/testing/sshd.ts";
import { ShellCommand } from "../../shared/nouns/command.ts";
import type { Session } from "../../shared/nouns/session.ts";
import { axeViolations } from "../targets/axe.ts";
import type { Client } from "../targets/client.ts";
import { expect, expectNoSidewaysScroll, phone, test } from "../targets/portal.ts";
import { openStream, ticketFor } from "../targets/socket.ts";

/** Hosts, for those who decide, audit and administer. */
const desk = { width: 1440, height: 900 };
const stdin = "release 2026-11-20\nnotes \u202efor ops\n";

test("an agent's command on a host is read whole, approved, replayed and exported", async ({
  person,
  as,
}) => {
  const [robot, tomas] = await Promise.all([as("demo-agent"), person("reviewer")]);
  const word = `heron${randomUUID().slice(0, 8)}`;
  const session = await robot.open("bastion", "OPS-2301: leave the notes");
  const command = `tee /tmp/${word}.txt`;
  const held = await send(robot, session, { command, stdin });
  expect(held.state).toBe("held");

  await test.step("the reviewer sees the bytes, what is read in, and the facts of a host", async () => {
    await tomas.getByRole("link", { name: /^Reviews/ }).click();
    await tomas.getByRole("list", { name: "Reviews" }).getByRole("button").filter({ hasText: word }).click();
    const figure = tomas.getByRole("figure", { name: "The command" });
    await expect(figure).toContainText(command);
    const input = figure.getByRole("region", { name: "Standard input" });
    await expect(input).toContainText("release 2026-11-20");
    await expect(input.locator(".inv")).toHaveText("U+202E right-to-left override");
    await expect(tomas.getByRole("region", { name: "What it does" })).toContainText(
      `changes /tmp/${word}.txt`,
      {
        ignoreCase: true,
      },
    );
    const context = tomas.getByRole("complementary", { name: "Context" });
    await expect(context).toContainText("the target's user, no privilege gained");
    await expect(tomas.getByText("Fully shown: 1 of 1 line, 3 of 3 lines of standard input")).toBeVisible();
    await expectAccessible(tomas);
  });

  await test.step("and approves exactly that", async () => {
    await tomas.keyboard.press("a");
    const dialog = tomas.getByRole("dialog", { name: "Approve and run once" });
    await expect(dialog).toContainText(`changes /tmp/${word}.txt`);
    await dialog.getByRole("button", { name: "Approve, run once" }).click();
    await expect(tomas.getByText("It ran once.")).toBeVisible();
  });
  await expect
    .poll(async () => ShellCommand.parse((await robot.get(`/api/commands/${held.id}`)).body).state)
    .toBe("completed");
  await ask(robot, session, { command: "cat ~/.ssh/id_ed25519" });
  await robot.delete(`/api/sessions/${session.id}`);

  const elif = await person("auditor");
  await elif.getByRole("link", { name: "Audit" }).click();
  await test.step("an auditor finds it by a word and replays what was printed", async () => {
    await elif.getByRole("searchbox", { name: "Search in commands" }).fill(word);
    const found = elif.getByRole("list", { name: "Sessions" });
    await expect(found.getByRole("button")).toHaveCount(1);
    await expect(found.locator("mark")).toHaveText(word);
    await elif.getByRole("button", { name: "Next hold" }).click();
    await expect(scene(elif)).toContainText(command);
    await elif
      .getByRole("list", { name: "Events" })
      .getByRole("button", { name: /exit 0/ })
      .click();
    await expect(scene(elif).getByRole("region", { name: "Output" })).toContainText("release 2026-11-20");
    await expect(scene(elif)).toContainText("exit 0");
    await elif.getByRole("button", { name: "Next refusal" }).click();
    await expect(scene(elif)).toContainText("Blocked");
    await expectAccessible(elif);
  });
  await test.step("and takes it away as an asciicast", async () => {
    const downloads = elif.waitForEvent("download");
    await elif.getByRole("button", { name: "More about this session" }).click();
    await elif.getByRole("menuitem", { name: "Export as asciicast" }).click();
    const download = await downloads;
    expect(download.suggestedFilename()).toBe(`${session.id}.cast`);
    const [header, ...events] = linesOf(readFileSync(await download.path(), "utf8"));
    expect(header).toMatchObject({ version: 2, title: expect.stringContaining("on bastion: OPS-2301") });
    expect(events).toContainEqual([expect.any(Number), "m", command]);
    expect(events).toContainEqual([expect.any(Number), "m", "Tomas Okafor approved"]);
    expect(events).toContainEqual([
      expect.any(Number),
      "o",
      expect.stringContaining("release 2026-11-20\r\n"),
    ]);
    expect(events).toContainEqual([expect.any(Number), "m", "Blocked"]);
  });
  await test.step("which a session without a screen is not", async () => {
    const mara = await as("demo-engineer");
    const shop = await mara.open("shop");
    expect(await mara.get(`/api/recordings/${shop.id}/file?format=asciicast`)).toMatchObject({
      status: 422,
      body: { code: "target_kind" },
    });
    await mara.delete(`/api/sessions/${shop.id}`);
  });
});

test("an auditor watches a terminal while somebody types in it, and replays it", async ({ person, as }) => {
  const [mara, elif] = await Promise.all([as("demo-engineer"), person("auditor")]);
  const session = await mara.open("bastion", "OPS-2302: watched");
  const path = `/api/sessions/${session.id}/stream`;
  const stream = await openStream(`${mara.url}${path}?ticket=${await ticketFor(mara, path)}`);
  stream.send({ type: "terminal", columns: 90, rows: 20 });
  const { mode } = await stream.next("terminal");

  await elif.goto(`${mara.url}/audit?session=${session.id}`);
  await expect(elif.getByRole("heading", { name: "Mara Lindqvist on bastion" })).toBeVisible();
  const screen = scene(elif).locator(".xterm-rows");
  await test.step("as it comes", async () => {
    await expect(elif.getByRole("button", { name: "Live", exact: true })).toBeVisible();
    stream.send({ type: "keys", text: "echo here-$((40+2))\r" });
    await expect(screen).toContainText("here-42");
    await expect(elif.getByRole("list", { name: "Events" })).toContainText("echo here-$((40+2))");
    await expect(elif.getByRole("list", { name: "Events" })).toContainText("Terminal opened");
    const word = { governed: "Governed", line: "Line by line", raw: "Raw" }[mode];
    await expect(elif.locator(".scene .chip").first()).toContainText(word);
    await expectAccessible(elif);
  });
  await test.step("a held line says so, and what was before it is a key away", async () => {
    stream.send({ type: "keys", text: "rm /var/log/shop/app.log\r" });
    const events = elif.getByRole("list", { name: "Events" });
    await expect(events.getByRole("button", { name: /Held.*rm \/var\/log/ })).toBeVisible();
    await elif.getByRole("slider", { name: "Position in the session" }).press("Home");
    await expect(scene(elif)).toContainText("Session opened on bastion");
    await events.getByRole("button", { name: /Held.*rm \/var\/log/ }).click();
    await expect(screen).toContainText("here-42");
    await elif.getByRole("button", { name: "Back to live" }).click();
    await expect(elif.getByRole("button", { name: "Live", exact: true })).toBeVisible();
  });
  await test.step("and ends it", async () => {
    await elif.getByRole("button", { name: "Kill session" }).click();
    await elif.getByRole("button", { name: "End it now" }).click();
    await expect(elif.getByRole("list", { name: "Events" })).toContainText(
      "Session ended by somebody with the right to",
    );
    await stream.closed;
  });
});

test("an administrator connects a host, by keys that were compared", async ({ person, as }) => {
  const [admin, jonas] = await Promise.all([as("demo-admin"), person("administrator")]);
  const sshd = await startSshd({ hostKeyTypes: ["ed25519"] });
  try {
    await jonas.getByRole("link", { name: "Targets" }).click();
    await jonas.getByRole("button", { name: "Connect a target" }).click();
    const form = jonas.getByRole("form", { name: "New target" });
    await form.getByRole("textbox", { name: "Name, which stays" }).fill("quay");
    await form.getByRole("combobox", { name: "Kind" }).click();
    await jonas.getByRole("option", { name: "SSH" }).click();
    await form.getByRole("textbox", { name: "Host", exact: true }).fill("127.0.0.1");
    await form.getByRole("textbox", { name: "Port", exact: true }).fill(String(sshd.port));
    await form.getByRole("textbox", { name: "User", exact: true }).fill(sshd.user);
    await form.getByRole("textbox", { name: "Private key" }).fill(sshd.privateKey);

    await test.step("nothing is pinned that nobody has compared", async () => {
      await form.getByRole("button", { name: "Connect", exact: true }).click();
      await expect(form).toContainText("Ask the host for its keys, compare them, and pin them.");
      await form.getByRole("button", { name: "Ask the host for its keys" }).click();
      const shown = form.getByRole("region", { name: "Keys that the host shows" });
      await expect(shown).toContainText(/SHA256:[\w+/]{43}/);
      await expect(shown.getByRole("button", { name: "Pin 1 key" })).toBeDisabled();
      await expectAccessible(jonas);
      await shown.getByRole("checkbox").check();
      await shown.getByRole("button", { name: "Pin 1 key" }).click();
      await expect(form.getByRole("list", { name: "Pinned keys of the host" })).toContainText("ssh-ed25519");
    });
    await form.getByRole("button", { name: "Connect", exact: true }).click();
    await expect(jonas.getByRole("form", { name: "Settings of quay" })).toBeVisible();
    await jonas.getByRole("button", { name: "Test the connection" }).click();
    await expect(jonas.getByText("by one of its pinned keys")).toBeVisible();
    await expectAccessible(jonas);

    await test.step("a host that has changed is not spoken to, and says what to do", async () => {
      const [pinned] = sshd.hostKeys;
      const other = pinned?.replace(/.{4}$/, "AAAA") ?? "";
      const { port, user, privateKey } = sshd;
      await admin.put("/api/targets/quay", {
        ...{ kind: "ssh", host: "127.0.0.1", port, user, privateKey, hostKeys: [other] },
        tags: { env: "staging" },
      });
      await jonas.reload();
      expect(await admin.post("/api/targets/quay/test", undefined)).toMatchObject({
        status: 502,
        body: { code: "host_key_changed" },
      });
      await jonas.getByRole("button", { name: "Ask the host for its keys" }).click();
      await expect(jonas.getByRole("alert")).toContainText("None of them is pinned");
      await expectAccessible(jonas);
    });
  } finally {
    await admin.delete("/api/targets/quay");
    await sshd.stop();
  }
});

const scene = (page: Page) => page.getByRole("region", { name: /^As .* saw it$/ });

type Asked = { command: string; stdin?: string };
const ask = (client: Client, { id }: Session, command: Asked) =>
  client.call("POST", `/api/sessions/${id}/commands`, command, { "idempotency-key": randomUUID() });
const send = async (client: Client, session: Session, command: Asked) =>
  ShellCommand.parse((await ask(client, session, command)).body);

const linesOf = (text: string): unknown[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** At a desk and on a phone, in light and in dark: no rule of axe's is broken. */
async function expectAccessible(page: Page): Promise<void> {
  for (const viewport of [phone.viewport, desk]) {
    await page.setViewportSize(viewport);
    await expectNoSidewaysScroll(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await expect(page.locator("html")).toHaveCSS("color-scheme", new RegExp(colorScheme));
      expect
        .soft(await axeViolations(page), `${page.url()}, ${viewport.width} px, ${colorScheme}`)
        .toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
