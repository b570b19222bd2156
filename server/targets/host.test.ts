import { expect, test } from "vitest";
import { checkedHost, isLoopback } from "./host.ts";

test.each([
  ["DB.example.org", "db.example.org"],
  ["localhost", "localhost"],
  ["my_db", "my_db"],
  ["10.0.0.7", "10.0.0.7"],
  ["2130706433", "127.0.0.1"],
  ["0x7f.1", "127.0.0.1"],
  ["[::1]", "::1"],
  ["fd12::0007", "fd12::7"],
])("%s is taken as %s", (given, host) => expect(checkedHost(given)).toBe(host));

test.each([
  "169.254.169.254",
  "169.254.0.1",
  "0xa9fea9fe",
  "2852039166",
  "0251.0376.0251.0376",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "::a9fe:a9fe",
  "64:ff9b::169.254.169.254",
  "2002:a9fe:a9fe::1",
  "fe80::1",
  "168.63.129.16",
  "fd00:ec2::254",
  "0.0.0.0",
  "::",
  "255.255.255.255",
  "metadata.google.internal.",
])("%s is refused", (host) =>
  expect(() => checkedHost(host)).toThrow(expect.objectContaining({ code: "invalid" })),
);

test.each([
  "/var/run/postgresql",
  "a,b",
  "db:5432",
  "http://db",
  "a b",
  "fe80::1%eth0",
  "-db",
  "",
  "db/x",
  "user@db",
])("%s is no host", (host) =>
  expect(() => checkedHost(host)).toThrow(expect.objectContaining({ code: "invalid" })),
);

test("loopback is known in every form", () => {
  expect(["localhost", "127.0.0.1", "127.9.9.9", "::1"].every(isLoopback)).toBe(true);
  expect(["db.example.org", "10.0.0.1", "fd12::7", "localhost.example.org"].some(isLoopback)).toBe(false);
});
