import { realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { dialects, useHost } from "./testing.ts";

const host = useHost();

describe.each(dialects)("%s", (dialect) => {
  test("asks about a line, runs it when it is allowed and tells how it ended", async () => {
    const desk = await host.sit(dialect);
    await desk.run("touch ran; (exit 3)");
    expect(desk.asked).toMatchObject([{ id: 3, text: "touch ran; (exit 3)", kind: "line" }]);
    expect(desk.started).toEqual([3]);
    expect(desk.ended).toEqual([[3, 3]]);
    expect(desk.exists("ran")).toBe(true);
  });

  test("tells with a line where it stands, and what words mean that stand where commands do", async () => {
    const desk = await host.sit(dialect, { files: { "real/file": "" } });
    await desk.run("alias hi='echo \"hé\"'; f() { echo f; }; ln -s real link; cd link");
    await desk.run("LANG=C hi; if f|cat x && cd .; then 'ls' $(touch ran); fi");
    const { directory, words } = desk.asked.at(-1)?.told ?? { directory: "", words: [] };
    expect(directory).toBe(realpathSync(join(desk.home, "real")));
    expect(words.map(({ name }) => name)).toEqual(["hi", "f", "cat", "cd", "touch", "fi"]);
    expect(words[0]).toMatchObject({ alias: 'echo "hé"', function: "" });
    expect(words[1]?.function).toContain("echo f");
    expect(words[2]?.path).toMatch(/^\/.*\/cat$/);
    expect(words[3]).toMatchObject({ alias: "", function: "" });
    expect(desk.told).toEqual([]);
  });

  test("asks also where its directory is gone, and where bash makes files of its pipes", async () => {
    const desk = await host.sit(dialect, { files: { "gone/file": "" } });
    await desk.run("BASH_COMPAT=50; cd gone; rm -r ../gone");
    await desk.run("echo still");
    expect(desk.asked.at(-1)?.told.words.map(({ name }) => name)).toEqual(["echo"]);
    await desk.run("cd");
    await desk.run("ls");
    expect(desk.asked.at(-1)?.told).toMatchObject({ directory: realpathSync(desk.home) });
    expect(desk.incidents).toEqual([]);
  });

  test("runs nothing of a line that is denied, says why and keeps it in the history", async () => {
    const desk = await host.sit(dialect);
    desk.type("touch ran forbidden\r");
    await until(() => desk.shown().includes("That is forbidden here."));
    await desk.idle();
    expect(desk.started).toEqual([]);
    desk.type("\u001b[A\u0001echo \r");
    await until(() => desk.asked.length === 2);
    expect(desk.asked[1]?.text).toBe("echo touch ran forbidden");
    expect(desk.exists("ran")).toBe(false);
    expect(desk.incidents).toEqual([]);
  });

  test("sees the line that the shell would run: history, recall, search, completion, editing, UTF-8", async () => {
    const desk = await host.sit(dialect, { files: { "a-file-with-a-long-name": "" } });
    await desk.run("echo first");
    await desk.run("echo second");
    await desk.run("!!");
    await desk.run("\u001b[A\u001b[A\u001b[A");
    await desk.run("echo a-file-w\t");
    await desk.run("echo grün 中文 x\u007fy");
    await desk.run("rm -rf /nowhere\u0001\u000becho instead");
    expect(desk.asked.map((one) => one.text.trimEnd())).toEqual([
      "echo first",
      "echo second",
      "echo second",
      "echo first",
      "echo a-file-with-a-long-name",
      "echo grün 中文 y",
      "echo instead",
    ]);
  });

  test("Enter in the middle of an incremental search asks about what was found", async () => {
    const desk = await host.sit(dialect);
    await desk.run("touch ran");
    await desk.run("rm ran");
    await desk.run("echo other");
    desk.type("\u0012touch\r");
    await until(() => desk.asked.length === 4);
    expect(desk.asked[3]?.text).toBe("touch ran");
    await until(() => desk.ended.length === 4);
    expect(desk.exists("ran")).toBe(true);
    expect(desk.incidents).toEqual([]);
  });

  test("lists, pipelines, loops, functions, aliases and background jobs run as ever", async () => {
    const desk = await host.sit(dialect);
    await desk.run("f() { echo from-$1; }; alias hi='echo hello'");
    await desk.run("f function && hi there; for i in 1 2; do echo loop$i; done | sort -r");
    await desk.run("sleep 600 & echo started");
    await desk.run("jobs; kill %1; wait; echo waited");
    await until(() => desk.shown().includes("waited\r\n"));
    expect(desk.shown()).toContain("from-function\r\nhello there\r\nloop2\r\nloop1\r\n");
    expect(desk.ended).toHaveLength(4);
  });

  test("Ctrl-Z and fg give the terminal back and forth", async () => {
    const desk = await host.sit(dialect);
    desk.type("cat\r");
    await until(() => desk.shell.state === "running");
    desk.type("one\r");
    await until(() => desk.shown().split("one\r\n").length > 2);
    desk.type("\u001a");
    await until(() => desk.ended.length === 1);
    desk.type("fg\r");
    await until(() => desk.started.length === 2);
    desk.type("two\r");
    await until(() => desk.shown().split("two\r\n").length > 2);
    desk.type("\u0004");
    await until(() => desk.ended.length === 2);
    expect(desk.asked.map((one) => one.text)).toEqual(["cat", "fg"]);
  });

  test("Ctrl-C stops what runs, and a line that is being typed", async () => {
    const desk = await host.sit(dialect);
    desk.type("sleep 600\r");
    await until(() => desk.started.length === 1);
    await desk.interrupt(() => desk.ended.length === 1);
    expect(desk.ended[0]?.[1]).toBe(130);
    await desk.run("echo between");
    const before = desk.prompts();
    desk.type("touch ran");
    await desk.interrupt(() => desk.prompts() > before);
    await desk.run("echo after");
    expect(desk.asked.map((one) => one.text)).toEqual(["sleep 600", "echo between", "echo after"]);
    expect(desk.exists("ran")).toBe(false);
  });

  test("a raw paste of many lines asks about each, in order", async () => {
    const desk = await host.sit(dialect);
    desk.type("echo one\recho two\rtouch forbidden\rtouch dropped\r");
    await until(() => desk.shown().includes("That is forbidden here."));
    await desk.run("echo after");
    expect(desk.asked.map((one) => one.text)).toEqual([
      "echo one",
      "echo two",
      "touch forbidden",
      "echo after",
    ]);
    expect(desk.exists("dropped")).toBe(false);
  });

  test("a bracketed paste is asked about as a whole, and all of it runs", async () => {
    const desk = await host.sit(dialect);
    desk.type("\u001b[200~echo one\recho two; touch ran\r\u001b[201~");
    await desk.idle();
    expect(desk.asked).toEqual([]);
    desk.type("\r");
    await until(() => desk.ended.length === 1);
    expect(desk.asked.map((one) => one.text.trimEnd())).toEqual(["echo one\necho two; touch ran"]);
    expect(desk.started).toEqual([3]);
    expect(desk.exists("ran")).toBe(true);
    expect(desk.incidents).toEqual([]);
  });

  test("type-ahead during a command runs after it, each line with its verdict", async () => {
    const desk = await host.sit(dialect);
    await desk.run("mkfifo fifo");
    desk.type("read -r line <fifo\r");
    await until(() => desk.started.length === 2);
    desk.type("echo one\recho two\r");
    writeFileSync(join(desk.home, "fifo"), "go\n");
    await until(() => desk.ended.length === 4);
    expect(desk.asked.map((one) => one.text).slice(2)).toEqual(["echo one", "echo two"]);
  });

  test("a bracketed paste that arrives before the prompt runs nothing that was not asked", async () => {
    const desk = await host.sit(dialect);
    await desk.run("mkfifo fifo");
    desk.type("read -r line <fifo\r");
    await until(() => desk.started.length === 2);
    desk.type("\u001b[200~echo one\rtouch forbidden\r\u001b[201~");
    writeFileSync(join(desk.home, "fifo"), "go\n");
    await until(() => desk.ended.length === 2);
    desk.type("\r");
    await until(() => desk.shown().includes("That is forbidden here."));
    await desk.run("echo after");
    expect(desk.asked.at(-2)?.text.trimEnd()).toBe("echo one\ntouch forbidden");
    expect(desk.exists("forbidden")).toBe(false);
    expect(desk.incidents).toEqual([]);
  });
});
