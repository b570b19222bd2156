import { expect, expectNoSidewaysScroll, phone, test } from "../targets/portal.ts";

test("a reviewer finds, reads and approves a command on a phone", async ({ person, as }) => {
  const mara = await as("demo-engineer");
  const endless = "x".repeat(120);
  const session = await mara.open("shop", `SUP-4193: from the train ${endless}`);
  const tomas = await person("reviewer", phone);
  await tomas.getByRole("link", { name: /^Reviews/ }).tap();
  const held = await mara.run(session, "UPDATE orders SET note = 'by phone' WHERE id = 206");
  const listed = tomas.getByRole("list", { name: "Reviews" }).getByRole("button", { name: /by phone/ });
  await expect(listed).toBeVisible();
  await expectNoSidewaysScroll(tomas);
  await listed.tap();
  await expect(tomas.getByRole("figure", { name: "The command" })).toContainText("note = 'by phone'");
  await expect(tomas.getByRole("region", { name: "What is asked" })).toContainText(
    `“SUP-4193: from the train ${endless}”`,
  );
  await expectNoSidewaysScroll(tomas);
  // A word longer than the screen is wrapped, not run out of sight.
  for (const reason of await tomas.getByText(endless).filter({ visible: true }).all()) {
    const { x = 0, width = Infinity } = (await reason.boundingBox()) ?? {};
    expect(x + width).toBeLessThanOrEqual(phone.viewport.width);
  }
  await tomas.getByRole("button", { name: "Approve" }).tap();
  const asked = tomas.getByRole("dialog", { name: "Approve and run once" });
  await expect(asked).toContainText("changes at most 1 row of orders");
  await expectNoSidewaysScroll(tomas);
  await asked.getByRole("button", { name: "Approve, run once" }).tap();
  await expect(tomas.getByLabel("How it ended")).toContainText("1 of 1 approved");
  expect(await mara.until(held.id, ["held", "running"])).toMatchObject({ state: "completed" });
  await tomas.getByRole("button", { name: "Back to the list" }).tap();
  await expect(tomas.getByText("Nothing waits on you")).toBeVisible();
  // The browser's own way back uncovers the list too.
  await tomas.goForward();
  await expect(tomas.getByLabel("How it ended")).toBeVisible();
  await tomas.goBack();
  await expect(tomas.getByText("Nothing waits on you")).toBeVisible();
});
