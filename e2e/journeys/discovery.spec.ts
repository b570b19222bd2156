import type { Client } from "../targets/client.ts";
import { expect, test } from "../targets/portal.ts";
import { type Postgres, startPostgres } from "../targets/postgres.ts";

const script = `
  create table people (id int primary key, nick text, contact text, account text);
  insert into people
    select n, 'p' || n, 'person' || n || '@warehouse.example', 'DE89370400440532013000' from generate_series(1, 300) n;
  create table parcels (id int primary key, code text);
  insert into parcels select n, md5(n::text) from generate_series(1, 300) n;
`;

test.describe("what a target holds of people", () => {
  test.describe.configure({ mode: "serial" });
  let postgres: Postgres;
  let admin: Client;
  let mara: Client;
  test.beforeAll(async ({ as }) => {
    [postgres, admin, mara] = await Promise.all([
      startPostgres(script),
      as("demo-admin"),
      as("demo-engineer"),
    ]);
    await admin.put("/api/targets/depot", { ...postgres.asTarget, tags: { env: "staging" } });
  });
  test.afterAll(async () => {
    await admin.delete("/api/targets/depot");
    await postgres.stop();
  });
  const firstPerson = async () => {
    const session = await mara.open("depot", "discovery");
    const { result } = await mara.run(session, "SELECT * FROM people WHERE id = 1");
    await mara.delete(`/api/sessions/${session.id}`);
    const values = result?.rows[0] ?? [];
    return Object.fromEntries((result?.columns ?? []).map(({ name }, i) => [name, values[i]]));
  };

  test("is found in samples and accepted in the portal", async ({ person, gateway }) => {
    // The second line knows an address where it sees one; what it is for, and its mask, takes a class.
    expect(await firstPerson()).toMatchObject({ contact: "•••", account: "•••" });
    const page = await person("administrator");
    await page.goto(`${gateway.url}/classes?target=depot`);
    await page.getByText("Discover", { exact: true }).click();
    await expect(page.getByText("No column is new")).toBeVisible();
    await page.getByRole("button", { name: "Look at samples" }).click();
    const proposals = page.getByRole("region", { name: "Proposals" });
    await expect(proposals.getByRole("listitem")).toHaveCount(2);
    await expect(proposals).toContainText("300 of 300 values are e-mail addresses");
    await expect(proposals).not.toContainText("warehouse.example");
    await page.getByRole("button", { name: "Accept public.people.contact" }).click();
    await expect(proposals.getByRole("listitem")).toHaveCount(1);
    await page.getByRole("button", { name: "Accept 1" }).click();
    await expect(proposals.getByRole("listitem")).toHaveCount(0);
    expect((await admin.get("/api/targets/depot/classes")).body).toEqual({
      "public.people": { contact: "email", account: "iban" },
    });
    expect(await firstPerson()).toMatchObject({
      nick: "p1",
      contact: "•••@warehouse.example",
      account: "••••3000",
    });
  });

  test("is held back where it is new, until somebody decides", async ({ person, gateway }) => {
    await postgres.query(
      "set role warehouse_app; alter table people add column remark text default 'calls back'",
    );
    await admin.post("/api/targets/depot/refresh", undefined);
    expect(await firstPerson()).toMatchObject({ nick: "p1", remark: "•••" });
    expect((await admin.get("/api/targets/depot/drift")).body).toEqual({
      newColumns: "hold",
      columns: [{ relation: "public.people", column: "remark", type: "text", held: true }],
      gone: [],
    });
    const page = await person("administrator");
    await page.goto(`${gateway.url}/classes?target=depot`);
    await page.getByText("Discover", { exact: true }).click();
    await expect(page.getByText("Held back: everybody sees it redacted")).toBeVisible();
    await page.getByRole("combobox", { name: "Class of public.people.remark" }).click();
    await page.getByRole("option", { name: "No class: show it" }).click();
    await page.getByRole("button", { name: "Decide public.people.remark" }).click();
    await expect(page.getByText("No column is new")).toBeVisible();
    expect(await firstPerson()).toMatchObject({ remark: "calls back" });
  });

  test("stays held under a new name, until that is decided and the old one forgotten", async ({
    person,
    gateway,
  }) => {
    await postgres.query("alter table people rename column contact to address");
    await admin.post("/api/targets/depot/refresh", undefined);
    expect(await firstPerson()).toMatchObject({ address: "•••" });
    const page = await person("administrator");
    await page.goto(`${gateway.url}/classes?target=depot`);
    await page.getByText("Discover", { exact: true }).click();
    const gone = page.getByRole("region", { name: "Classes of columns that are gone" });
    await expect(gone).toContainText("public.people.contact");
    await page.getByRole("combobox", { name: "Class of public.people.address" }).click();
    await page.getByRole("option", { name: "email" }).click();
    await page.getByRole("button", { name: "Decide public.people.address" }).click();
    await page.getByRole("button", { name: "Forget them" }).click();
    await expect(page.getByText("No column is new")).toBeVisible();
    expect((await admin.get("/api/targets/depot/classes")).body).toEqual({
      "public.people": { account: "iban", remark: "none", address: "email" },
    });
    expect(await firstPerson()).toMatchObject({ address: "•••@warehouse.example" });
  });

  test("holds nothing back in a fresh demo", async () => {
    expect((await admin.get("/api/targets/shop/drift")).body).toEqual({
      newColumns: "hold",
      columns: [],
      gone: [],
    });
  });

  test("leaves an entry before each look", async ({ as }) => {
    const auditor = await as("demo-auditor");
    const { text } = await auditor.get("/api/ledger?after=0&limit=1000");
    expect(text).toContain('"kind":"discovery.read"');
    expect(text).not.toContain("person1@");
  });
});
