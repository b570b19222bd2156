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
    ["Server=x;Database=y;Password=hunter22", `Server=x;Database=y;Password=${hiddenText}`],
    ['Server=x;Pwd="hunter 22";Database=y', `Server=x;Pwd=${hiddenText};Database=y`],
    ["redis://:s3cret@cache:6379/0", `redis://:${hiddenText}@cache:6379/0`],
    ["postgres://app:s3c@ret@db.internal/shop", `postgres://app:${hiddenText}/shop`],
    [`"SecretAccessKey": "${"wJalr+/7".repeat(5)}"`, `"SecretAccessKey": "${hiddenText}"`],
    ["Authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l0", `Authorization: Basic ${hiddenText}`],
    ["> authorization: Bearer mF_9.B5f-4.1JqM", `> authorization: Bearer ${hiddenText}`],
    [`token ${"hvs"}.${"CAESIJ".repeat(6)}`, `token ${hiddenText}`],
    [`${"xapp"}-1-A0123456-${"0123abcd".repeat(4)}`, hiddenText],
    [`eyJhbGciOiJkaXIifQ..${"a".repeat(16)}.${"b".repeat(40)}.${"c".repeat(22)} x`, `${hiddenText} x`],
    // Digits of other scripts, no-break spaces, dashes and what is not seen at all.
    ["4111\u00a01111\u00a01111\u00a01111", hiddenText],
    ["5555\u20115555\u20135555\u22124444", hiddenText],
    ["no. 4111\u200b111111\u00ad111111", `no. ${hiddenText}`],
    ["４１１１１１１１１１１１１１１１", hiddenText],
    ["٤١١١ ١١١١ ١١١١ ١١١١!", `${hiddenText}!`],
    ["\u{1d7d2}\u{1d7cf}\u{1d7cf}\u{1d7cf}111111111111.", `${hiddenText}.`],
    ["4\u03321\u03321\u03321\u0332111111111111", hiddenText],
    ["Karte nr.4111111111111111", `Karte nr.${hiddenText}`],
    ["DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", hiddenText],
    ["DE89-3704-0044-0532-0130-00", hiddenText],
    ["CH65 0076 2AB1 1623 8529 5", hiddenText],
    ["ann＠example．org", hiddenText],
    ["GET /reset?user=ann%40example.org HTTP/1.1", `GET ${hiddenText} HTTP/1.1`],
    ['"ann lee"@example.org', hiddenText],
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
    "git@github.com:org/repo.git (fetch)",
    "getty@tty1.service loaded active running",
    "assets/logo@2x.png",
    "https://medium.com/@ann.lee and /npm/%40vue.core",
    '{"x": "@foo.bar", "y": ["", "@foo.bar"]}',
    "Authorization: Basic authentication is off",
    "be12a3c4-d5e6-47f8-89ab-cdef01234567",
    "ДЕ89 3704 0044 0532 0130 00 und — «Größe» … 12\u00a0345\u00a0€",
    "２０２６年１１月２０日",
    "¹²³ ①②③ ٠١٢٣٤٥٦٧٨٩",
    "::1:8080@x",
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
    ["headers", "authorization: basic ".repeat(50_000)],
    ["passwords", ";password='".repeat(90_000)],
    ["quotes", '"@'.repeat(400_000)],
    ["encrypted tokens", "eyJaaaaaaaa.a.".repeat(70_000)],
    ["what is not seen", "4\u200b".repeat(400_000)],
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
