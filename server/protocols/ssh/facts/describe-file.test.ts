import { describe, expect, test } from "vitest";
import { describeFile } from "./describe-file.ts";

const download = (path: string, binary = false) => describeFile({ file: "download", path, binary });
const upload = (path: string, replaces = false) =>
  describeFile({ file: "upload", path, bytes: 12, replaces });

describe("a download", () => {
  test("reads, and changes nothing", () => {
    expect(download("/srv/shop/app.conf")).toMatchObject({
      actions: ["file.download"],
      writes: false,
      reads: [{ path: "/srv/shop/app.conf" }],
      changes: [],
      secrets: [],
      summary: "downloads /srv/shop/app.conf",
      subject: "download /srv/shop/app.conf",
    });
  });

  test("as bytes is an action of its own", () => {
    expect(download("/srv/shop/logo.png", true)).toMatchObject({
      actions: ["file.binary", "file.download"],
      summary: "downloads /srv/shop/logo.png as its bytes are, unmasked",
    });
  });

  test.each([
    ["/root/.ssh/id_ed25519", "private-key"],
    ["/etc/shadow", "shadow"],
    ["/home/mara/.aws/credentials", "cloud-credentials"],
    ["/srv/shop/.env", "environment"],
    ["/root/.ssh/a\nb", "private-key"],
    ["/root/.ssh/a\u2028b", "private-key"],
  ])("of %j is known for the secret that it is", (path, secret) => {
    expect(download(path).secrets).toContain(secret);
    expect(download(path).summary).toContain("reads secrets");
  });

  test("of another process's memory lays hands on the gate", () => {
    expect(download("/proc/4711/mem")).toMatchObject({
      actions: ["file.download", "shell.tamper"],
      tampers: ["process memory"],
    });
  });

  test("says a name that could be misread in quotes", () => {
    expect(download("/srv/a b\n; rm -rf").subject).toBe(String.raw`download "/srv/a b\n; rm -rf"`);
  });
});

describe("an upload", () => {
  test("changes", () => {
    expect(upload("/srv/shop/flag")).toMatchObject({
      actions: ["file.upload"],
      writes: true,
      reads: [],
      changes: [{ path: "/srv/shop/flag" }],
      summary: "uploads 12 bytes to /srv/shop/flag",
    });
    expect(upload("/srv/shop/flag", true).summary).toContain("in place of what is there");
  });

  test.each([
    ["/root/.ssh/authorized_keys", "authorized-keys"],
    ["/etc/cron.d/job", "cron"],
    ["/home/mara/.bashrc", "profile"],
    ["/usr/local/bin/ls", "program"],
  ])("to %s stays", (path, way) => {
    expect(upload(path).persistence).toContain(way);
  });

  test("over a log or a system's file says so", () => {
    expect(upload("/var/log/auth.log", true).effects).toEqual(["logs"]);
    expect(upload("/etc/hosts", true).effects).toEqual(["truncate"]);
    expect(upload("/etc/hosts").effects).toEqual([]);
  });
});

test("a listing reads names alone", () => {
  expect(describeFile({ file: "list", path: "/root/.ssh" })).toMatchObject({
    actions: ["file.list"],
    writes: false,
    secrets: [],
    summary: "lists /root/.ssh",
  });
});
