import headless from "@xterm/headless";
import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { createLineShell } from "./line-shell.ts";
import type { ShellRequest, ShellVerdict } from "./seam.ts";

function sit(
  judge: (request: ShellRequest) => ShellVerdict | undefined = () => ({ kind: "allow" }),
  columns = 20,
) {
  const terminal = new headless.Terminal({ cols: columns, rows: 12, allowProposedApi: true });
  const seen = {
    asked: [] as string[],
    ran: [] as string[],
    ended: [] as number[],
    withdrawn: [] as number[],
  };
  let finish: ((status: number) => void) | undefined;
  const shell = createLineShell(
    {
      prompt: "$ ",
      columns,
      run: ({ line, output, signal }) => {
        seen.ran.push(line);
        if (line !== "sleep") {
          output(Buffer.from(`ran ${line.length}\r\n`));
          return Promise.resolve(0);
        }
        return new Promise((resolve) => {
          finish = resolve;
          signal.addEventListener("abort", () => resolve(130));
        });
      },
    },
    {
      output: (bytes) => terminal.write(bytes),
      asked: (request) => {
        seen.asked.push(request.text);
        const verdict = judge(request);
        if (verdict) shell.answer(request.id, verdict);
      },
      withdrawn: (id) => void seen.withdrawn.push(id),
      told: () => undefined,
      started: () => undefined,
      ended: (_, status) => void seen.ended.push(status),
      prompt: () => undefined,
      incident: () => undefined,
    },
  );
  const screen = async (): Promise<string[]> => {
    await new Promise<void>((resolve) => terminal.write("", resolve));
    const lines = Array.from(
      { length: 12 },
      (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? "",
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  };
  const cursor = async (): Promise<[number, number]> => {
    await screen();
    return [terminal.buffer.active.cursorX, terminal.buffer.active.cursorY];
  };
  const type = (keys: string): void => void shell.input(Buffer.from(keys));
  return { shell, ...seen, type, screen, cursor, finish: (status: number) => finish?.(status) };
}

describe("the gate's own line editor", () => {
  test("runs allowed lines alone, in order, with what was typed ahead", async () => {
    const desk = sit(({ text }) =>
      text.includes("rm") ? { kind: "deny", message: "No." } : { kind: "allow" },
    );
    desk.type("one\rsleep\rtwo\r");
    await until(() => desk.ran.length === 2);
    desk.finish(0);
    await until(() => desk.ended.length === 3);
    desk.type("rm x\rthree\r");
    expect(desk.ran).toEqual(["one", "sleep", "two"]);
    expect((await desk.screen()).slice(-3)).toEqual(["$ rm x", "No.", "$ "]);
  });

  test("breaks why a line does not run between words", async () => {
    const desk = sit(() => ({
      kind: "deny",
      message: "Blocked. It reads private keys of 全部 people here.",
    }));
    desk.type("cat\r");
    expect(await desk.screen()).toEqual([
      "$ cat",
      "Blocked. It reads",
      "private keys of 全部",
      "people here.",
      "$ ",
    ]);
  });

  test("edits as people expect, across rows and wide characters", async () => {
    const desk = sit(() => undefined);
    desk.type("echo 中文 grün abcdef");
    expect(await desk.screen()).toEqual(["$ echo 中文 grün abc", "def"]);
    desk.type("\u0001\u001b[C\u001b[C");
    expect(await desk.cursor()).toEqual([4, 0]);
    desk.type("\u001bfX\u0005\u0017\u007f\u0008!\u0002\u0019\r");
    expect(desk.asked).toEqual(["echoX 中文 grabcdef!".replace("gr", "grü")]);
  });

  test("has a history, and gives the unfinished line back", async () => {
    const desk = sit();
    desk.type("one\r");
    await until(() => desk.ended.length === 1);
    desk.type("two\r");
    await until(() => desk.ended.length === 2);
    desk.type("dra\u001b[A\u001b[A\u001b[B\u001b[Bft\r\u001b[A\u001b[A\r");
    await until(() => desk.ended.length === 4);
    expect(desk.asked).toEqual(["one", "two", "draft", "two"]);
  });

  test("keeps a paste together, and an escape sequence that comes in pieces", async () => {
    const desk = sit(() => undefined);
    desk.type("ab\u001b");
    desk.type("[");
    desk.type("D\u001b[200~x\ry\u001b[201~\r");
    expect(desk.asked).toEqual(["ax\nyb"]);
  });

  test("Ctrl-C withdraws what waits, stops what runs, and clears what is typed", async () => {
    const desk = sit(({ text }) => (text === "wait" ? undefined : { kind: "allow" }));
    desk.type("wait\rrm\r");
    desk.shell.notice("Waits for somebody.");
    expect(await desk.screen()).toEqual(["$ wait", "Waits for somebody."]);
    desk.type("\u0003");
    expect(desk.withdrawn).toEqual([1]);
    desk.shell.answer(1, { kind: "allow" });
    desk.type("half\u0003sleep\r");
    await until(() => desk.ran.length === 1);
    desk.type("\u0003");
    await until(() => desk.ended.length === 1);
    expect(desk.ended).toEqual([130]);
    expect(desk.ran).toEqual(["sleep"]);
  });

  test("an incomplete line goes on", async () => {
    const desk = sit(({ text }) => ({ kind: text.includes("done") ? "allow" : "incomplete" }));
    desk.type("for i in 1\rdone\r");
    await until(() => desk.ended.length === 1);
    expect(desk.ran).toEqual(["for i in 1\ndone"]);
  });

  test("Ctrl-D on an empty line ends it", () => {
    const desk = sit();
    desk.type("\u0004");
    expect(desk.shell.state).toBe("closed");
  });
});
