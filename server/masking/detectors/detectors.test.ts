import { describe, expect, test } from "vitest";
import { hiddenText } from "../mask-text.ts";
import { activeDetectors, redact } from "./scan.ts";

const hidden = new Map(
  ["card", "iban", "email", "phone", "national-id"].map((name) => [
    name,
    { name, description: "", mask: { kind: "redact" as const }, lookup: false },
  ]),
);
const clean = (text: string): string => redact(text, activeDetectors(hidden), () => undefined);

// Assembled, so that no scanner of repositories takes them for live credentials.
const fake = {
  aws: `AKIA${"IOSFODNN7EXAMPLE"}`,
  github: `ghp_${"a1B2".repeat(9)}`,
  slack: `xoxb-${"123456789012"}-${"abcdefghijklmnop"}`,
  stripe: `sk_live_${"4eC39HqLyjWDarjtT1zdp7dc"}`,
  google: `AIza${"SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY".slice(0, 35)}`,
  jwt: `eyJ${"hbGciOiJIUzI1NiJ9"}.eyJ${"zdWIiOiIxMjM0NTY3ODkwIn0"}.${"dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"}`,
  azure: `AccountKey=${"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq".padEnd(86, "K")}==`,
  key: `-----BEGIN RSA ${"PRIVATE"} KEY-----\nMIIEpAIBAAKCAQEA\nabc=\n-----END RSA ${"PRIVATE"} KEY-----`,
  npm: `npm_${"a".repeat(36)}`,
};

describe("detectors find", () => {
  test.each([
    ["4111111111111111", hiddenText],
    ["card 4111 1111 1111 1111 on file", `card ${hiddenText} on file`],
    ["5555-5555-5555-4444", hiddenText],
    ["3782 822463 10005", hiddenText],
    ["378282246310005,", `${hiddenText},`],
    ['{"pan":"6011111111111117"}', `{"pan":"${hiddenText}"}`],
    ["30569309025904", hiddenText],
    ["DE89370400440532013000", hiddenText],
    ["IBAN: DE89 3704 0044 0532 0130 00 please", `IBAN: ${hiddenText} please`],
    ["gb29NWBK60161331926819.", `${hiddenText}.`],
    ["NL91ABNA0417164300 and FR1420041010050500013M02606", `${hiddenText} and ${hiddenText}`],
    ["mail ann.lee+x@example.co.uk now", `mail ${hiddenText} now`],
    ["<ann@example.org>,bob@example.org", `<${hiddenText}>,${hiddenText}`],
    ["jörg@müller.de", hiddenText],
    ["call +49 170 5550101 or +14155550123", `call ${hiddenText} or ${hiddenText}`],
    ["(415) 555-0123", hiddenText],
    ["ssn 123-45-6789", `ssn ${hiddenText}`],
    ["12345678Z", hiddenText],
    [`key=${fake.aws}`, `key=${hiddenText}`],
    [fake.github, hiddenText],
    [fake.slack, hiddenText],
    [fake.stripe, hiddenText],
    [fake.google, hiddenText],
    [fake.npm, hiddenText],
    [`Bearer ${fake.jwt}`, `Bearer ${hiddenText}`],
    [fake.azure, `AccountKey=${hiddenText}`],
    [`a\n${fake.key}\nb`, `a\n${hiddenText}\nb`],
    ["postgres://app:s3cret@db.internal/shop", `postgres://app:${hiddenText}/shop`],
    ["Server=x;Password=hunter22;Database=y", `Server=x;Password=${hiddenText};Database=y`],
  ])("%s", (text, expected) => expect(clean(text)).toBe(expected));
});

describe("detectors leave alone", () => {
  test.each([
    "4111111111111112",
    "ORD-4111111111111111",
    "41111111111111110",
    "1234567890123456",
    "1700000000000",
    "1700000000000000",
    "0000000000000000",
    "4444444444444444",
    "550e8400-e29b-41d4-a716-446655440000",
    "d41d8cd98f00b204e9800998ecf8427e",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "build 20240103.4.1234567890",
    "2024-01-03 10:15:22.123456+00",
    "2024-01-03T10:15:22Z",
    "192.168.100.200 10.0.0.1",
    "v18.20.4-alpha.12",
    "DE89370400440532013001",
    "DE12 is a road",
    "•••@example.org",
    "••••1111",
    "@handle and @types/node@20.1.0",
    "user@localhost",
    "3.14159265358979323846",
    "-4111111111111111.5",
    "(123) 456",
    "123-45-678 and 000-12-3456",
    "12345678A",
    "ticket 555-1234",
    "+1 item",
    "eyJhbGciOiJIUzI1NiJ9",
    "AKIA",
    "https://example.org/path?x=1&y=2",
    "https://example.org:8443/a@b",
    "sk-learn",
    "password reset; done",
  ])("%s", (text) => expect(clean(text)).toBe(text));

  test("an e-mail address where the actor may see them", () => {
    const open = new Map([...hidden].filter(([name]) => name !== "email"));
    expect(redact("ann@example.org 4111111111111111", activeDetectors(open), () => undefined)).toBe(
      `ann@example.org ${hiddenText}`,
    );
  });
});

describe("hostile text", () => {
  test.each([
    ["digits", "1".repeat(1_000_000)],
    ["digits with blanks", "1 ".repeat(500_000)],
    ["at signs", "@".repeat(1_000_000)],
    ["addresses without an end", "a@".repeat(500_000)],
    ["dots", `a@${"a.".repeat(500_000)}`],
    ["private keys without an end", "-----BEGIN PRIVATE KEY-----".repeat(20_000)],
    ["tokens without an end", `eyJ${"a".repeat(1_000_000)}`],
    ["many tokens", "eyJ".repeat(300_000)],
    ["country codes", "DE12 3456".repeat(100_000)],
    ["addresses of servers", "a://".repeat(250_000)],
    ["secrets", "aws_secret_access_key ".repeat(50_000)],
  ])("%s are read in linear time", (_, text) => {
    // Work by the square of the length takes hours: the run would end at its time limit.
    expect(clean(text).length).toBeGreaterThan(0);
  });

  test("a value across the border of two windows is found", () => {
    const text = `${"x ".repeat(131_064)}4111111111111111 tail ${"y ".repeat(200_000)}4111111111111111`;
    expect(clean(text)).not.toContain("4111");
    expect(clean(text).length).toBe(text.length - 2 * (16 - hiddenText.length));
  });
});
