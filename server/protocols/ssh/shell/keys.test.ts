import { expect, test } from "vitest";
import { createEchoWatch } from "./echo.ts";
import { createHeldLine } from "./held-line.ts";
import { createKeyQueue, maxAheadBytes } from "./keys.ts";
import { readDialect } from "./probe.ts";
import { fit, widthOf } from "./width.ts";

const queueOf = (text: string): ReturnType<typeof createKeyQueue> => {
  const queue = createKeyQueue();
  queue.add(Buffer.from(text));
  return queue;
};
const lines = (queue: ReturnType<typeof createKeyQueue>): string[] => {
  const taken: string[] = [];
  while (queue.length > 0) taken.push(Buffer.from(queue.takeLine().bytes).toString());
  return taken;
};

test("keys go out line by line, a bracketed paste whole, a quoted Enter within its line", () => {
  expect(lines(queueOf("a\rb\nc\u0003d"))).toEqual(["a\r", "b\n", "c\u0003", "d"]);
  expect(lines(queueOf("x\u001b[200~a\rb\u001b[201~c\rd"))).toEqual(["x\u001b[200~a\rb\u001b[201~c\r", "d"]);
  expect(lines(queueOf("a\u0016\rb\rc"))).toEqual(["a\u0016\rb\r", "c"]);
});

test("a paste whose marks come in pieces is a paste", () => {
  const queue = queueOf("\u001b[20");
  queue.takeAll();
  queue.add(Buffer.from("0~a\rb"));
  expect(lines(queue)).toEqual(["0~a\rb"]);
  queue.atPrompt();
  queue.add(Buffer.from("c\rd"));
  expect(lines(queue)).toEqual(["c\r", "d"]);
});

test("what is too much is dropped as a whole", () => {
  const queue = queueOf("rm -rf /tmp/x");
  expect(queue.add(new Uint8Array(maxAheadBytes))).toBe(false);
  expect(queue.length).toBe(0);
});

test("keys are secret until a program has echoed one of their line, and after a password prompt", () => {
  const echo = createEchoWatch();
  expect(echo.secret).toBe(true);
  echo.typed(Buffer.from("n"));
  echo.shown(Buffer.from("n"));
  expect(echo.secret).toBe(false);
  echo.typed(Buffer.from("\r"));
  expect(echo.secret).toBe(true);
  echo.shown(Buffer.from("[sudo] password for ann: "));
  echo.typed(Buffer.from("a"));
  echo.shown(Buffer.from("a"));
  expect(echo.secret).toBe(true);
});

test("bash's line is drawn with its prompt while it waits, and taken away again", () => {
  const held = createHeldLine({ drawsLine: true, columns: () => 10 });
  held.promptBegins();
  held.promptOutput(Buffer.from("out\r\n\u001b[32mme\u001b[0m$ "));
  held.promptEnds();
  expect(held.notice("echo 12345", "waits\u001b]0;x\u0007 for Ann and Bob")).toContain(
    "\u001b[32mme\u001b[0m$ echo 12345",
  );
  expect(held.remove()).toContain("\r\u001b[1A\u001b[J");
  expect(held.remove()).toBe("");
  expect(held.leave("rm", "No.\r\n\u001b[2J")).toBe("\u001b[32mme\u001b[0m$ rm\r\nNo.   [2J\r\n");
});

test("widths are those of terminals", () => {
  expect(widthOf("a中é\u0301😀")).toBe(6);
  expect(fit("a中b", 3)).toBe("a…");
  expect(fit("abc", 3)).toBe("abc");
});

test.each([
  ["sluice bash=5.2.15(1)-release zsh=\n", "bash"],
  ["motd\nsluice bash= zsh=5.9\n", "zsh"],
  ["sluice bash=5.0.3(1)-release zsh=\n", "line"],
  ["sluice bash= zsh=5.7.1\n", "line"],
  ["sluice bash= zsh=\n", "line"],
  ["% Invalid input detected", "line"],
  ["", "line"],
])("%j is a shell of kind %s", (output, dialect) => {
  expect(readDialect(output)).toBe(dialect);
});
