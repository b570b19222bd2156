import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { propose, type SampledColumn } from "./discovery.ts";

const text = { type: "text", typeOid: 25 };
const bigint = { type: "bigint", typeOid: 20 };
const jsonb = { type: "jsonb", typeOid: 3802 };
const date = { type: "date", typeOid: 1082 };
const numeric = { type: "numeric(10,2)", typeOid: 1700 };
const uuid = { type: "uuid", typeOid: 2950 };
const rows = 200;

/** The same values at every run: `i` and a salt alone decide. */
const hex = (i: number, salt = "") => createHash("sha256").update(`${salt}${i}`).digest("hex");
const digits = (i: number, count: number, salt = "") =>
  BigInt(`0x${hex(i, salt)}`)
    .toString()
    .slice(0, count);
const many = <T>(make: (i: number) => T): T[] => Array.from({ length: rows }, (_, i) => make(i));
const column = (
  name: string,
  type: Pick<SampledColumn, "type" | "typeOid">,
  values: (string | null)[],
): SampledColumn => ({ name, ...type, values });
const defined = new Set([
  "email",
  "card",
  "iban",
  "phone",
  "birth-date",
  "personal",
  "salary",
  "national-id",
]);
const proposed = (columns: SampledColumn[], relation = "public.things") =>
  propose([{ name: relation, columns }], { defined, today: "2026-11-20T10:00:00Z" });

const luhn = (body: string) => {
  const sum = [...body].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
};
const spanishLetter = (id: string) => "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Number(id) % 23);

describe("values speak for themselves, whatever the column is called", () => {
  test.each([
    ["email", text, many((i) => `${hex(i).slice(0, 6)}.x@mail.example`), "email"],
    ["card", text, many((i) => luhn(`424242${digits(i, 9)}`)), "card"],
    ["card", bigint, many((i) => luhn(`555555${digits(i, 9)}`)), "card"],
    ["iban", text, many(() => "DE89370400440532013000"), "iban"],
    ["phone", text, many((i) => `+49 30 23125 ${digits(i, 3)}`), "phone"],
    ["national-id", text, many((i) => `${digits(i, 8)}${spanishLetter(digits(i, 8))}`), "national-id"],
    ["credential", text, many((i) => `ghp_${hex(i).slice(0, 36)}`), "credential"],
  ])("%s", (kind, type, values, dataClass) => {
    const [found, ...more] = proposed([column("c", type, values)]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ kind, class: dataClass, column: "c", relation: "public.things" });
    expect(found?.confidence).toBeGreaterThan(0.9);
  });

  test("a few that are empty or wrong change little; many do", () => {
    const emails = many((i) => `a${i}@mail.example`);
    const some = proposed([
      column("c", text, [...emails.slice(0, 180), ...Array(10).fill("-"), ...Array(10).fill(null)]),
    ]);
    expect(some).toMatchObject([{ kind: "email", evidence: { sampled: 200, present: 190, matched: 180 } }]);
    const few = proposed([column("c", text, [...emails.slice(0, 10), ...Array(190).fill("unknown")])]);
    expect(few).toMatchObject([{ kind: "text", class: "personal" }]);
    expect(few[0]?.confidence).toBeLessThan(0.5);
  });

  test("three values prove less than two hundred", () => {
    const of = (count: number) =>
      proposed([column("c", text, many((i) => `a${i}@mail.example`).slice(0, count))])[0]?.confidence ?? 0;
    expect(of(3)).toBeLessThan(0.7);
    expect(of(200)).toBeGreaterThan(0.95);
  });
});

describe("names say what values cannot", () => {
  test.each([
    ["dateOfBirth", date, many((i) => `19${50 + (i % 40)}-03-0${1 + (i % 9)}`), "birth-date", 0.8],
    ["base_salary", numeric, many((i) => `${30_000 + i}.00`), "salary", 0.6],
    ["passport_number", text, many((i) => `C${digits(i, 8)}`), "national-id", 0.6],
    ["mobile", text, many((i) => `0171 ${digits(i, 7)}`), "phone", 0.6],
    ["api_key", text, many((i) => hex(i)), "credential", 0.7],
    ["last_name", text, many(() => "Muster"), "person-name", 0.3],
    ["street", text, many((i) => `Mill Lane ${i}`), "address", 0.5],
    ["email", text, [], "email", 0.35],
  ])("%s", (name, type, values, kind, least) => {
    const [found] = proposed([column(name, type, values)]);
    expect(found).toMatchObject({ kind, evidence: { byName: true } });
    expect(found?.confidence).toBeGreaterThanOrEqual(least);
    expect(found?.confidence).toBeLessThan(0.95);
  });

  test("a bare name is somebody's only beside what else is somebody's, or in a table of people", () => {
    const name = column(
      "name",
      text,
      many(() => "Ada Muster"),
    );
    expect(proposed([name])).toEqual([]);
    expect(proposed([name], "public.customers")).toMatchObject([{ kind: "person-name", class: "personal" }]);
    expect(
      proposed([
        name,
        column(
          "m",
          text,
          many((i) => `a${i}@mail.example`),
        ),
      ]),
    ).toMatchObject([{ kind: "email" }, { kind: "person-name" }]);
    expect(
      proposed(
        [
          column(
            "name",
            text,
            many((i) => `tent ${i}`),
          ),
        ],
        "public.customers",
      ),
    ).toEqual([]);
  });
});

describe("JSON", () => {
  test("is personal by its keys and by its values", () => {
    const documents = many((i) =>
      JSON.stringify({
        lang: "de",
        address: { street: "Mill Lane", postcode: digits(i, 5) },
        contact: { name: "Ada" },
      }),
    );
    expect(proposed([column("profile", jsonb, documents)])).toMatchObject([
      { kind: "json", class: "personal" },
    ]);
    const hidden = many((i) => JSON.stringify({ k: [{ v: `a${i}@mail.example` }] }));
    const [found] = proposed([column("data", jsonb, hidden)]);
    expect(found).toMatchObject({ kind: "json", evidence: { matched: rows, byName: false } });
    expect(
      proposed([
        column(
          "by",
          jsonb,
          many((i) => JSON.stringify({ [`a${i}@mail.example`]: 1 })),
        ),
      ]),
    ).toHaveLength(1);
  });

  test("of things is not", () => {
    const things = many((i) =>
      JSON.stringify({ sku: `S-${i}`, name: "tent", size: { w: i }, at: "2026-01-02T03:04:05Z" }),
    );
    expect(proposed([column("data", jsonb, [...things, "{cut off", "null"])])).toEqual([]);
  });
});

const nearMisses: SampledColumn[] = [
  column(
    "order_number",
    text,
    many((i) => `4${digits(i, 15)}`),
  ),
  column(
    "order_id",
    bigint,
    many((i) => String(4_000_000_000_000_000 + i)),
  ),
  column(
    "snowflake",
    bigint,
    many((i) => digits(i, 18)),
  ),
  column(
    "ean",
    text,
    many((i) => digits(i, 13)),
  ),
  column(
    "tracking",
    text,
    many((i) => `DE${digits(i, 20)}`),
  ),
  column(
    "id",
    uuid,
    many((i) => hex(i).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5")),
  ),
  column(
    "external_id",
    text,
    many((i) => hex(i).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5")),
  ),
  column(
    "sha256",
    text,
    many((i) => hex(i)),
  ),
  column(
    "etag",
    text,
    many((i) => hex(i).slice(0, 32)),
  ),
  column(
    "build",
    text,
    many((i) => `1.${i}.0+${hex(i).slice(0, 7)}`),
  ),
  column(
    "created",
    text,
    many((i) => `2026-01-02T03:04:${10 + (i % 50)}.123+01:00`),
  ),
  column(
    "unix_ms",
    bigint,
    many((i) => String(1_760_000_000_000 + i)),
  ),
  column(
    "sku",
    text,
    many((i) => `${digits(i, 8)}A`),
  ),
  column(
    "part",
    text,
    many((i) => `${digits(i, 3)}-${digits(i, 3, "b")}-${digits(i, 4)}`),
  ),
  column(
    "price",
    numeric,
    many((i) => `${i}.95`),
  ),
  column(
    "ip_address",
    text,
    many((i) => `10.0.${i}.1`),
  ),
  column(
    "mac_address",
    text,
    many((i) =>
      hex(i)
        .slice(0, 12)
        .replace(/..(?!$)/g, "$&:"),
    ),
  ),
  column(
    "file_name",
    text,
    many((i) => `report-${i}.pdf`),
  ),
  column(
    "display_name",
    text,
    many((i) => `Tent ${i}`),
  ),
  column(
    "email_verified_at",
    { type: "timestamptz", typeOid: 1184 },
    many(() => "2026-01-02 03:04:05+00"),
  ),
  column(
    "email_template",
    text,
    many((i) => `welcome-${i}`),
  ),
  column(
    "card_type",
    text,
    many(() => "visa"),
  ),
  column(
    "token_count",
    bigint,
    many((i) => String(i)),
  ),
  column(
    "phone_support",
    { type: "boolean", typeOid: 16 },
    many(() => "t"),
  ),
  column(
    "released_on",
    date,
    many(() => "2024-03-01"),
  ),
  column(
    "handle",
    text,
    many((i) => `@user${i}`),
  ),
  column(
    "package",
    text,
    many((i) => `@scope/pkg@1.${i}.0`),
  ),
  column(
    "coordinates",
    text,
    many((i) => `52.${digits(i, 6)},13.${digits(i, 6, "b")}`),
  ),
  column(
    "city",
    text,
    many(() => "Exampleton"),
  ),
  column(
    "salary_band",
    text,
    many(() => "B2"),
  ),
];

test("near misses are not proposed", () => {
  const alarms = proposed(nearMisses);
  process.stdout.write(`discovery: ${nearMisses.length} near misses, ${alarms.length} false alarms\n`);
  expect(alarms.map(({ column: name, kind }) => `${name}: ${kind}`)).toEqual([]);
});

test("evidence carries counts and shapes, and nothing of a value", () => {
  const secrets = many((i) => `zq${hex(i).slice(0, 5)}.wx@mail.example`);
  const documents = many((i) => JSON.stringify({ zqkey: `zq${i}@mail.example`, phone: `zq${i}` }));
  const found = proposed([
    column("c", text, secrets),
    column("d", jsonb, documents),
    column("e", text, [...secrets.map((each) => `write to ${each}`)]),
  ]);
  expect(found).toHaveLength(3);
  expect(JSON.stringify(found)).not.toMatch(/zq|wx|mail\.example/);
  expect(found.find((each) => each.column === "c")?.evidence).toMatchObject({
    says: "200 of 200 values are e-mail addresses.",
  });
});

test("a class that is not defined is said to be missing", () => {
  const [found] = propose(
    [
      {
        name: "public.t",
        columns: [
          column(
            "c",
            text,
            many((i) => `a${i}@mail.example`),
          ),
        ],
      },
    ],
    { defined: new Set(), today: "2026-11-20T10:00:00Z" },
  );
  expect(found).toMatchObject({ class: "email", defined: false });
});
