import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { dialects, useHost, type Desk, type Judge } from "./testing.ts";

const host = useHost();
/** Lines that hold `wait` are left waiting. */
const slow: Judge = ({ text }) => (text.includes("wait") ? undefined : { kind: "allow" });

const pidOf = async (desk: Desk): Promise<number> => {
  await desk.run("echo $$ >pid");
  return Number(readFileSync(join(desk.home, "pid"), "utf8"));
};

describe.each(dialects)("%s, while a line waits", (dialect) => {
  const held = async (): Promise<{ desk: Desk; id: number; pid: number }> => {
    const desk = await host.sit(dialect, { judge: slow });
    const pid = await pidOf(desk);
    desk.type("touch ran wait\r");
    await until(() => desk.shell.state === "held");
    return { desk, id: desk.asked.at(-1)?.id ?? 0, pid };
  };

  test("keys reach nobody, and come after the verdict", async () => {
    const { desk, id } = await held();
    desk.type("echo next\r");
    expect(desk.shell.state).toBe("held");
    expect(desk.exists("ran")).toBe(false);
    desk.shell.answer(id, { kind: "allow" });
    await until(() => desk.ended.length === 3);
    expect(desk.asked.at(-1)?.text).toBe("echo next");
    expect(desk.exists("ran")).toBe(true);
  });

  test("Ctrl-C withdraws it and drops what was typed after it", async () => {
    const { desk, id } = await held();
    desk.type("touch later\r\u0003");
    expect(desk.withdrawn).toEqual([id]);
    desk.shell.answer(id, { kind: "allow" });
    await until(() => desk.shown().includes("^C"));
    await desk.run("echo after");
    expect(desk.exists("ran")).toBe(false);
    expect(desk.exists("later")).toBe(false);
    expect(desk.asked.at(-1)?.text).toBe("echo after");
    expect(desk.incidents).toEqual([]);
  });

  test("Ctrl-C right after Enter asks nobody", async () => {
    const desk = await host.sit(dialect, { judge: slow });
    desk.type("touch ran wait\r\u0003");
    await desk.run("echo after");
    await desk.run("echo again");
    expect(desk.exists("ran")).toBe(false);
    expect(desk.asked.at(-1)?.text).toBe("echo again");
  });

  test("an interrupt from elsewhere withdraws it, and a late verdict changes nothing", async () => {
    const { desk, id, pid } = await held();
    const prompts = desk.prompts();
    process.kill(pid, "SIGINT");
    await until(() => desk.withdrawn.length === 1 && desk.prompts() > prompts);
    desk.shell.answer(id, { kind: "allow" });
    await desk.run("echo after");
    expect(desk.withdrawn).toEqual([id]);
    expect(desk.exists("ran")).toBe(false);
    expect(desk.asked.at(-1)?.text).toBe("echo after");
    expect(desk.incidents).toEqual([]);
  });

  test("a verdict that an interrupt overtakes runs nothing and is no key of the next line", async () => {
    const { desk, id, pid } = await held();
    process.kill(pid, "SIGINT");
    desk.shell.answer(id, { kind: "allow" });
    await desk.run("echo after");
    await desk.run("echo again");
    expect(desk.asked.at(-1)?.text).toBe("echo again");
    expect(desk.incidents).toEqual([]);
    expect(desk.withdrawn.length + Number(desk.exists("ran"))).toBe(1);
  });

  test("resizing works", async () => {
    const { desk, id } = await held();
    desk.shell.resize(101, 31);
    desk.shell.answer(id, { kind: "allow" });
    await until(() => desk.ended.length === 2);
    await desk.run("stty size");
    await until(() => desk.shown().includes("31 101"));
    expect(desk.exists("ran")).toBe(true);
  });

  test("a connection that is lost runs nothing", async () => {
    const { desk, id, pid } = await held();
    desk.channel.close();
    await until(() => !existsSync(`/proc/${pid}`));
    expect(desk.exists("ran")).toBe(false);
    await until(() => desk.withdrawn.length === 1);
    expect(desk.withdrawn).toEqual([id]);
    expect(desk.shell.state).toBe("closed");
  });

  test("an answer to another line than the one that waits is not taken", async () => {
    const { desk, id } = await held();
    desk.shell.answer(id - 1, { kind: "allow" });
    desk.shell.answer(id + 1, { kind: "allow" });
    expect(desk.shell.state).toBe("held");
    desk.shell.answer(id, { kind: "cancelled" });
    await until(() => desk.shown().includes("Withdrawn."));
    expect(desk.exists("ran")).toBe(false);
  });

  test("too much typed ahead is dropped as a whole", async () => {
    const { desk, id } = await held();
    desk.type("touch kept\r");
    desk.type("x".repeat(300 * 1024));
    desk.shell.answer(id, { kind: "allow" });
    await until(() => desk.ended.length === 2);
    await desk.run("echo after");
    expect(desk.exists("kept")).toBe(false);
    expect(desk.asked.at(-1)?.text).toBe("echo after");
  });

  test("the shell tells what names mean, and goes on waiting", async () => {
    const desk = await host.sit(dialect, { judge: slow });
    await desk.run("alias hi='echo \"hé\"'; f() { echo f; }");
    desk.type("hi wait\r");
    await until(() => desk.shell.state === "held");
    const id = desk.asked.at(-1)?.id ?? 0;
    const names = ["hi", "f", "cat", "cd", "if", "no such", "*", "$(touch ran)"];
    desk.shell.answer(id, { kind: "need", names });
    await until(() => desk.told.length === 1);
    const words = desk.told[0]?.words ?? [];
    expect(words.map(({ name }) => name)).toEqual(names);
    expect(words[0]).toMatchObject({ name: "hi", alias: 'echo "hé"' });
    expect(words[1]?.function).toContain("echo f");
    expect(words[2]?.path).toMatch(/^\/.*\/cat$/);
    expect(desk.exists("ran")).toBe(false);
    desk.shell.answer(id, { kind: "allow" });
    await until(() => desk.shown().includes("hé wait\r\n"));
    expect(desk.withdrawn).toEqual([]);
  });
});
