import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseDeclaration } from "./declaration.ts";

const given = {
  variables: { HOST: "db.test", PORT: "6543", PASSWORD: "from env", ODD: "a: [b" },
  readText: (path: string) => {
    if (path === "secret") return "from file\n";
    if (path === "policies.cedar") return "permit (principal, action, resource);";
    throw new Error("ENOENT");
  },
};
const parse = (text: string) => parseDeclaration(text, given);
const problemsOf = (text: string): unknown => {
  try {
    return parse(text);
  } catch (error) {
    return error instanceof Error && "extra" in error ? error.extra : error;
  }
};

test("references are followed: variables, the environment, files", () => {
  const declaration = parse(`
version: 1
targets:
  - { name: a, kind: postgres, host: "\${HOST}", port: "\${PORT}", database: d, user: u, password: { env: PASSWORD } }
  - { name: b, kind: postgres, host: h, database: "\${ODD}", user: u, password: { file: secret }, tags: { env: prod } }
  - { name: c, kind: postgres, host: h, database: d, user: u, password: plain }
policies: { file: policies.cedar }`);
  expect(declaration.targets.map(({ input }) => input.password)).toEqual(["from env", "from file", "plain"]);
  expect(declaration.targets[0]?.input).toMatchObject({ host: "db.test", port: 6543 });
  expect(declaration.targets[1]?.input).toMatchObject({
    database: "a: [b",
    port: 5432,
    tags: { env: "prod" },
  });
  expect(declaration.policies).toMatch(/^permit/);
});

test("every problem has its line and path, and none a value", () => {
  const text = `version: 1
classes:
  - name: Card
    mask: { kind: last, count: 99 }
targets:
  - name: shop
    kind: postgres
    host: h
    database: d
    user: u
    pasword: hunter2
`;
  expect(problemsOf(text)).toMatchObject({
    problems: [
      { line: 3, path: "classes.0.name" },
      { line: 4, path: "classes.0.mask.count" },
      { line: 6, path: "targets.0" },
    ],
  });
  expect(JSON.stringify(problemsOf(text))).not.toContain("hunter2");
});

test("a reference that leads nowhere is a problem at its place", () => {
  expect(
    problemsOf(`version: 1
targets:
  - { name: a, kind: postgres, host: h, database: d, user: u, password: { env: NOWHERE } }
  - { name: b, kind: postgres, host: h, database: d, user: u, password: { file: missing } }
policies: { file: gone }`),
  ).toEqual({
    problems: [
      { line: 3, path: "targets.0.password", message: "NOWHERE is not set" },
      { line: 4, path: "targets.1.password", message: "missing cannot be read" },
      { line: 5, path: "policies.file", message: "gone cannot be read" },
    ],
  });
  expect(problemsOf(`version: 1\npolicies: "\${NOWHERE}"`)).toMatchObject({ problems: [{ line: 2 }] });
});

test("broken YAML, a key or a target that stands twice, and other versions are refused", () => {
  expect(problemsOf("version: 1\ntargets: [")).toMatchObject({ problems: [{ line: 2 }] });
  expect(problemsOf("version: 1\nversion: 1")).toMatchObject({ problems: [{ line: 2 }] });
  expect(problemsOf("version: 2")).toMatchObject({ problems: [{ path: "version" }] });
  expect(problemsOf("")).toHaveProperty("problems");
  const target = "{ name: a, kind: postgres, host: h, database: d, user: u }";
  expect(problemsOf(`version: 1\ntargets: [${target}, ${target}]`)).toMatchObject({
    problems: [{ path: "targets", message: "a name stands twice" }],
  });
});

test("the demo's own declaration is read", () => {
  const folder = new URL("../demo/", import.meta.url);
  const declaration = parseDeclaration(readFileSync(new URL("demo.yaml", folder), "utf8"), {
    variables: {
      ...{ SHOP_HOST: "127.0.0.1", SHOP_PORT: "5433", SHOP_PASSWORD: "s" },
      ...{ BASTION_HOST: "127.0.0.1", BASTION_PORT: "2222", BASTION_USER: "ops", BASTION_KEY: "k" },
      BASTION_HOST_KEY: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE5vdEFSZWFsS2V5Tm90QVJlYWxLZXlOb3RBUmVhbEtl",
    },
    readText: (path) => readFileSync(new URL(path, folder), "utf8"),
  });
  expect(declaration.targets).toMatchObject([
    { name: "shop", input: { port: 5433, tls: "off", password: "s" } },
    { name: "bastion", input: { kind: "ssh", port: 2222, user: "ops" } },
  ]);
});

test.each([
  ["an alias that holds itself", "version: &a [*a]"],
  [
    "aliases that multiply",
    `a: &a [${"1,".repeat(9)}]\nb: &b [${"*a,".repeat(9)}]\nc: [${"*b,".repeat(90)}]`,
  ],
  ["a column that JavaScript would lose", 'version: 1\ntargets: [{ classes: { t: { "__proto__": card } } }]'],
])("%s is refused, and said", (_, text) => {
  expect(problemsOf(text)).toMatchObject({ problems: [{ line: 1, message: expect.any(String) }] });
});
