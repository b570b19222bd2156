import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SshBackend } from "../connect/backend.ts";
import { open, until } from "../connect/testing.ts";
import { startSshd, type Sshd } from "../testing/sshd.ts";
import { dialects, openDesk, type Desk } from "./testing.ts";

let sshd: Sshd;
let backend: SshBackend;
beforeAll(async () => {
  sshd = await startSshd();
  backend = await open(sshd);
});
afterAll(async () => {
  await backend.close();
  await sshd.stop();
});

describe.each(dialects)("%s", (dialect) => {
  let desk: Desk;
  afterEach(() => desk.close());
  const opened = async (parts: Parameters<typeof openDesk>[2] = {}): Promise<Desk> => {
    desk = await openDesk({ sshd, backend }, dialect, parts);
    await desk.shell.ready;
    return desk;
  };
  const exists = (name: string): boolean => existsSync(join(desk.home, name));

  test("asks about a line, runs it when it is allowed and tells how it ended", async () => {
    await opened();
    await desk.run("touch ran; (exit 3)");
    expect(desk.asked).toEqual([{ id: 3, text: "touch ran; (exit 3)", kind: "line" }]);
    expect(desk.started).toEqual([3]);
    expect(desk.ended).toEqual([[3, 3]]);
    expect(exists("ran")).toBe(true);
  });

  test("runs nothing of a line that is denied, says why and keeps it in the history", async () => {
    await opened();
    desk.type("touch ran forbidden\r");
    await until(() => desk.shown().includes("That is forbidden here."));
    await desk.idle();
    expect(desk.started).toEqual([]);
    desk.type("\u001b[A\u0001echo \r");
    await until(() => desk.asked.length === 2);
    expect(desk.asked[1]?.text).toBe("echo touch ran forbidden");
    expect(exists("ran")).toBe(false);
    expect(desk.incidents).toEqual([]);
  });
});
