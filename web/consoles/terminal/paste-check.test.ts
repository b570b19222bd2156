import { describe, expect, it } from "vitest";
import { checkPaste } from "./paste-check.ts";

describe("a paste", () => {
  it("of words on one line goes in as it is", () => {
    expect(checkPaste("ls -la\t/srv")).toEqual({
      ...{ text: "ls -la\t/srv", lines: 1, ask: false, removed: 0, hidden: 0 },
    });
  });

  it.each([
    ["two lines", "ls\nrm -rf x", 2],
    ["a line with its Enter", "ls\n", 1],
    ["another system's lines", "ls\r\npwd\r\n", 2],
    ["an old system's lines", "ls\rpwd", 2],
  ])("of %s is asked about", (_, text, lines) => {
    const { ask, text: sent, lines: counted } = checkPaste(text);
    expect({ ask, lines: counted }).toEqual({ ask: true, lines });
    expect(sent).not.toContain("\r");
  });

  it("cannot end itself: control characters are left out, and told", () => {
    const { text, removed, ask } = checkPaste("echo a\u001b[201~\u0003reboot\u009b1m");
    expect(text).toBe("echo a[201~reboot1m");
    expect({ removed, ask }).toEqual({ removed: 3, ask: true });
  });

  it("with characters that cannot be seen is asked about, and keeps them", () => {
    const { text, hidden, ask } = checkPaste("rm \u202efdp.x");
    expect({ text, hidden, ask }).toEqual({ text: "rm \u202efdp.x", hidden: 1, ask: true });
  });
});
