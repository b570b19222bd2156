import { expect, test } from "vitest";
import { emptyForm, readForm } from "./target-form.ts";

const filled = {
  ...emptyForm,
  name: "shop",
  host: " db.example ",
  database: "shop",
  user: "app",
  password: "s",
};

test("a whole form becomes what the gateway takes", () => {
  expect(readForm({ ...filled, tags: ["env=prod", "team = payments"] }, true)).toMatchObject({
    errors: {},
    name: "shop",
    input: {
      kind: "postgres",
      host: "db.example",
      port: 5432,
      tls: "verify",
      tags: { env: "prod", team: "payments" },
    },
  });
});
test("a password left empty keeps the sealed one, and a new target needs one", () => {
  const { input } = readForm({ ...filled, password: "" }, false);
  expect(input).toBeDefined();
  expect(input).not.toHaveProperty("password");
  expect(readForm({ ...filled, password: "" }, true).errors).toHaveProperty("password");
});
test("each field that does not fit says what would", () => {
  const { errors, input } = readForm({ ...emptyForm, name: "Shop!", port: "99999", tags: ["prod"] }, true);
  expect(input).toBeUndefined();
  expect(Object.keys(errors).toSorted()).toEqual(
    ["database", "host", "name", "password", "port", "tags", "user"].toSorted(),
  );
});
test("a certificate authority counts only where certificates are verified", () => {
  expect(readForm({ ...filled, tls: "off", tlsCa: "PEM" }, true).input).not.toHaveProperty("tlsCa");
});
