import { z } from "zod";
import { expect, expectNoSidewaysScroll, openShop, phone, run, runStrip, test } from "../targets/portal.ts";

const Blocks = z.object({ blocks: z.array(z.object({ id: z.string() })) });

/** Whatever a test left: the next one begins with everybody let in. */
test.afterEach(async ({ as }) => {
  const admin = await as("demo-admin");
  const { blocks } = Blocks.parse((await admin.get("/api/blocks")).body);
  for (const { id } of blocks) await admin.post(`/api/blocks/${id}/lift`, { reason: "end of the test" });
});

test("an administrator takes somebody's access back while they work, and gives it again", async ({
  person,
}) => {
  const [jonas, mara, tomas] = [
    await person("administrator"),
    await person("engineer"),
    await person("reviewer"),
  ];
  await jonas.getByRole("link", { name: "People" }).click();
  await expect(jonas.getByText("Nobody's access is taken back")).toBeVisible();
  await tomas.getByRole("link", { name: /^Reviews/ }).click();
  await openShop(mara, "SUP-4301: the laptop will be stolen");
  await run(mara, "UPDATE orders SET note = 'hers' WHERE id = 231");
  await expect(runStrip(mara, 1)).toContainText("Held");
  const waiting = tomas.getByRole("list", { name: "Reviews" });
  await expect(waiting).toContainText("note = 'hers'");

  await test.step("who works now is listed as they open sessions", async () => {
    const present = jonas.getByRole("list", { name: "With open sessions" });
    await expect(present.getByRole("listitem").filter({ hasText: "Mara Lindqvist" })).toContainText(
      "1 session since",
    );
    await present.getByRole("button", { name: "Take the access of Mara Lindqvist back" }).click();
  });
  const asked = jonas.getByRole("dialog", { name: "Take the access of Mara Lindqvist back" });
  await expect(asked).toContainText("1 open session");
  await expect(asked.getByRole("button", { name: "Take access back" })).toBeDisabled();
  await asked.getByRole("textbox", { name: /^Reason/ }).fill("Her laptop was stolen");
  await asked.getByRole("button", { name: "Take access back" }).click();

  await test.step("her workspace says why, and her review leaves the inbox", async () => {
    await expect(mara.getByText("An administrator has taken your access back.").first()).toBeVisible();
    await expect(tomas.getByText("Nothing waits on you")).toBeVisible();
    const blocked = jonas.getByRole("list", { name: "Access taken back" }).getByRole("listitem");
    await expect(blocked).toContainText(["mara.lindqvist"]);
    await expect(blocked).toContainText(["Her laptop was stolen"]);
    await expect(blocked).toContainText(["by jonas.weiss"]);
    await expect(jonas.getByText("Nobody has a session open")).toBeVisible();
  });

  await test.step("given again, she works again", async () => {
    await jonas.getByRole("button", { name: "Give access to mara.lindqvist again" }).click();
    const giving = jonas.getByRole("dialog", { name: "Give access to mara.lindqvist again" });
    await giving.getByRole("textbox", { name: /^Reason/ }).fill("It was in the other bag");
    await giving.getByRole("button", { name: "Give access again" }).click();
    await expect(jonas.getByText("Nobody's access is taken back")).toBeVisible();
    // Her page found that out by itself.
    await openShop(mara, "SUP-4301: again");
    await expect(jonas.getByRole("list", { name: "With open sessions" })).toContainText("Mara Lindqvist");
  });
});

test("whoever has nothing open is blocked by their id, also on a phone, and nobody blocks themselves", async ({
  person,
}) => {
  const jonas = await person("administrator", phone);
  await jonas.getByRole("link", { name: "People" }).tap();
  await jonas.getByRole("button", { name: "Take access back" }).tap();
  const asked = jonas.getByRole("dialog", { name: "Take access back" });
  await asked.getByRole("combobox", { name: /^Who/ }).fill("jonas.weiss");
  await asked.getByRole("textbox", { name: /^Reason/ }).fill("By mistake");
  await asked.getByRole("button", { name: "Take access back" }).tap();
  await expect(asked.getByRole("alert")).toContainText("You cannot take your own access back.");
  await asked.getByRole("combobox", { name: /^Who/ }).fill("somebody.gone");
  await expectNoSidewaysScroll(jonas);
  await asked.getByRole("button", { name: "Take access back" }).tap();
  await expect(jonas.getByRole("list", { name: "Access taken back" })).toContainText("somebody.gone");
  await expectNoSidewaysScroll(jonas);
});
