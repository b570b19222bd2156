import {
  layoutShifts,
  cellOf,
  expect,
  openShop,
  people,
  queryText,
  run,
  runStrip,
  sqlEditor,
  tabTo,
  test,
  write,
} from "../targets/portal.ts";

const endless =
  "SELECT count(*) FROM order_items a, order_items b, order_items c WHERE a.quantity + b.quantity + c.quantity < 0";

test("a reload keeps the queries, the session and what ran in it", async ({ person }) => {
  const mara = await person("engineer");
  await openShop(mara);
  await run(mara, "SELECT 'first' AS said");
  await expect(await cellOf(mara.getByRole("grid", { name: "Result 1" }), 1, "said")).toHaveText("first");
  await mara.getByRole("button", { name: "New query" }).click();
  await write(mara, "SELECT 'half a thought");
  await mara.reload();
  await expect(queryText(mara)).toContainText("SELECT 'half a thought");
  await mara.keyboard.press("Alt+1");
  await expect(queryText(mara)).toContainText("SELECT 'first' AS said");
  await mara.getByRole("tab", { name: /^Runs/ }).click();
  await runStrip(mara, 1).getByRole("button", { name: "Rows" }).click();
  await expect(await cellOf(mara.getByRole("grid", { name: "Result 1" }), 1, "said")).toHaveText("first");
});

test("links that lead nowhere say so, and show nothing else in its place", async ({
  person,
  as,
  gateway,
}) => {
  const tomas = await person("reviewer");
  await tomas.goto(`${gateway.url}/work/ses_cut`);
  await expect(tomas.getByText("There is no such session")).toBeVisible();
  await expect(tomas.getByRole("button", { name: "Choose a target" })).toBeVisible();
  const mara = await as("demo-engineer");
  await mara.run(await mara.open("shop", "SUP-4189"), "UPDATE orders SET note = 'another' WHERE id = 231");
  await tomas.goto(`${gateway.url}/reviews?review=rev_cut`);
  await expect(tomas.getByText("This review cannot be shown")).toBeVisible();
  await expect(tomas.getByRole("list", { name: "Reviews" })).toContainText("'another'");
  await expect(tomas.getByRole("button", { name: /^Approve/ })).toHaveCount(0);
  await tomas.getByRole("button", { name: "Show the list" }).click();
  await expect(tomas.getByRole("button", { name: /^Approve/ })).toBeEnabled();
});

test("Esc cancels what runs at the target, and the session goes on", async ({ person }) => {
  const mara = await person("engineer");
  await openShop(mara);
  await run(mara, endless);
  await expect(mara.getByRole("tabpanel").getByText("Running at the target")).toBeVisible();
  await mara.keyboard.press("Escape");
  await expect(runStrip(mara, 1)).toContainText("Cancelled at the target");
  await run(mara, "SELECT 'on' AS goes");
  const grid = mara.getByRole("grid", { name: "Result 1" });
  await expect(await cellOf(grid, 1, "goes")).toHaveText("on");

  await test.step("what waits for the connection says so, is taken back by Esc, and goes out once it is back", async () => {
    const shifts = await layoutShifts(mara);
    await mara.context().setOffline(true);
    await expect(mara.getByRole("contentinfo").getByText("Reconnecting")).toBeVisible();
    // A line that came between would move the page by ten times as much.
    expect(await layoutShifts(mara)).toBeLessThan(shifts + 0.003);
    await run(mara, "SELECT 'back' AS taken");
    await expect(mara.getByText("Not sent yet")).toBeVisible();
    await mara.keyboard.press("Escape");
    await expect(mara.getByText("Taken back before it was sent. Nothing ran").first()).toBeVisible();
    await run(mara, "SELECT 'later' AS sent");
    await expect(mara.getByText("Not sent yet")).toBeVisible();
    await mara.context().setOffline(false);
    await expect(await cellOf(grid, 1, "sent")).toHaveText("later");
  });
});

test("everything from signing in to reading a value goes without a mouse", async ({ stranger, gateway }) => {
  const mara = await stranger();
  await mara.goto(gateway.url);
  await tabTo(mara, mara.getByRole("button", { name: "Continue as a demo person" }));
  await mara.keyboard.press("Enter");
  await tabTo(mara, mara.getByRole("button", { name: people.engineer }));
  await mara.keyboard.press("Enter");
  await tabTo(mara, mara.getByRole("button", { name: "Open shop" }));
  await mara.keyboard.press("Enter");
  await expect(mara.getByRole("textbox", { name: /^Reason/ })).toBeFocused();
  await mara.keyboard.type("SUP-4191");
  await mara.keyboard.press("Enter");
  await expect(sqlEditor(mara)).toBeFocused();
  await mara.keyboard.type("SELECT id, name FROM customers ORDER BY id");
  await mara.keyboard.press("Control+Enter");
  const grid = mara.getByRole("grid", { name: "Result 1" });
  const name = await cellOf(grid, 2, "name");
  await expect(name).toHaveText(/\w+ \w+/);
  const text = await name.innerText();
  await mara.keyboard.press("F6");
  await expect(mara.getByRole("region", { name: "Results" })).toBeFocused();
  await tabTo(mara, grid);
  await mara.keyboard.press("ArrowRight");
  await mara.keyboard.press("ArrowDown");
  await mara.keyboard.press("Enter");
  await expect(mara.getByRole("dialog", { name: "name, row 2" })).toContainText(text);
  await mara.keyboard.press("Escape");
  await expect(grid).toBeFocused();
});

test("signing out ends access, also by going back", async ({ person, gateway }) => {
  const mara = await person("engineer");
  await openShop(mara, "SUP-4192");
  const work = mara.url();
  await mara.getByRole("button", { name: /^Mara Lindqvist/ }).click();
  await mara.getByRole("menuitem", { name: "Sign out" }).click();
  const signIn = mara.getByRole("heading", { name: "Sign in to Sluice" });
  await expect(signIn).toBeVisible();
  expect(await mara.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain("token");
  await mara.goto(work);
  await expect(signIn).toBeVisible();
  await mara.goBack();
  await expect(signIn).toBeVisible();
  await mara.goto(gateway.url);
  await mara.getByRole("button", { name: "Continue as a demo person" }).click();
  // The issuer has forgotten them too: it asks who they are.
  await expect(mara.getByRole("button", { name: people.reviewer })).toBeVisible();
});
