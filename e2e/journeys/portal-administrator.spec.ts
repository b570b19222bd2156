import { z } from "zod";
import { expect, paste, test } from "../targets/portal.ts";

const PolicyText = z.object({ text: z.string() });
const classes = "/api/targets/shop/classes";

test("an administrator repairs a policy, tries it, puts it in force and takes it back", async ({
  person,
  as,
}) => {
  const [admin, mara] = await Promise.all([as("demo-admin"), as("demo-engineer")]);
  const { text } = PolicyText.parse((await admin.get("/api/policies")).body);
  const decided = async () =>
    (await mara.post("/api/policies/evaluate", { target: "shop", command: { sql: update } })).body;

  const jonas = await person("administrator");
  await jonas.getByRole("link", { name: "Policies" }).click();
  const editor = jonas.getByRole("textbox", { name: /^Policies\. / });
  const put = jonas.getByRole("button", { name: /^Put version \d+ in force/ });
  await expect(jonas.getByText("Valid", { exact: true })).toBeVisible();
  await expect(put).toBeDisabled();

  await test.step("what does not validate says where", async () => {
    await paste(editor, `${text}\n${freeze.replace("Action::", "Acton::")}`);
    const line = text.split("\n").length + 5;
    const problem = jonas.getByRole("button", { name: new RegExp(`^Line ${line}: .*Acton`) });
    await expect(problem).toBeVisible();
    await expect(put).toBeDisabled();
    await problem.click();
    await expect(editor).toBeFocused();
  });

  await test.step("a draft is tried beside what is in force", async () => {
    await paste(editor, `${text}\n${freeze}`);
    await expect(jonas.getByText("Valid", { exact: true })).toBeVisible();
    const trial = jonas.getByRole("complementary", { name: "Try a command" });
    // Whatever target comes first here.
    const on = trial.getByRole("combobox", { name: "On" });
    await on.click();
    await jonas.getByRole("option", { name: /^shop\b/ }).click();
    await expect(on).toHaveValue(/^shop\b/);
    await trial.getByRole("textbox", { name: "Command" }).fill(update);
    await expect(trial.getByRole("status")).toContainText("Would be blocked");
    await expect(trial.getByRole("status")).toContainText("Orders are frozen for the stock-take.");
    await expect(trial.getByText("by write-prod")).toBeVisible();
  });

  await test.step("it decides from the next command on", async () => {
    await jonas.getByRole("textbox", { name: /^What changes and why/ }).fill("Stock-take");
    await put.click();
    await expect(jonas.getByText(/^Version \d+ is in force$/)).toBeVisible();
    expect(await decided()).toMatchObject({ decision: { effect: "block", policies: ["stock-take"] } });
  });

  await test.step("an earlier version comes back from the history", async () => {
    await jonas.getByText("History", { exact: true }).click();
    const history = jonas.getByRole("region", { name: "History" });
    await expect(history.getByRole("listitem").first()).toContainText("Stock-take");
    await history.getByRole("listitem").nth(1).getByRole("button", { name: "Use as draft" }).click();
    await expect(put).toBeEnabled();
    await put.click();
    await expect.poll(decided).toMatchObject({ decision: { effect: "review" } });
    expect(PolicyText.parse((await admin.get("/api/policies")).body).text).toBe(text);
  });
});

test("an administrator gives a column a class, and its values are hidden", async ({ person, as }) => {
  const [admin, mara] = await Promise.all([as("demo-admin"), as("demo-engineer")]);
  const before = (await admin.get(classes)).body;
  const session = await mara.open("shop");
  const name = async () =>
    (await mara.run(session, "SELECT name FROM fulfilment.warehouses ORDER BY id LIMIT 1")).result;
  expect((await name())?.columns).toEqual([{ name: "name", type: "text" }]);

  const jonas = await person("administrator");
  await jonas.getByRole("link", { name: "Classes" }).click();
  await jonas.getByText("Columns of shop", { exact: true }).click();
  await jonas.getByRole("textbox", { name: "Filter columns" }).fill("warehouses");
  await jonas.getByRole("combobox", { name: "Class of fulfilment.warehouses.name" }).click();
  await jonas.getByRole("option", { name: "phone", exact: true }).click();
  await expect(jonas.getByText("1 column changed")).toBeVisible();
  await jonas.getByRole("button", { name: "Put classes in force" }).click();
  await expect(jonas.getByText("Classes of shop are in force")).toBeVisible();
  const hidden = await name();
  expect(hidden?.columns[0]).toMatchObject({ class: "phone", masked: true });
  expect(hidden?.rows[0]?.[0]).toMatch(/^•+$/);
  await admin.put(classes, before);
});

const update = "UPDATE orders SET status = 'paid' WHERE id = 208";
const freeze = `@id("stock-take")
@say("Orders are frozen for the stock-take.")
forbid (
  principal,
  action == Action::"sql.update",
  resource
);
`;
