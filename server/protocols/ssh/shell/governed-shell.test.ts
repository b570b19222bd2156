import { describe, expect, test } from "vitest";
import type { Channel } from "../connect/executable.ts";
import { createGovernedShell } from "./governed-shell.ts";
import { bootMarker } from "./hooks/hook.ts";

/** A shell played by the test: frames in, keys and verdicts out, and time by hand. */
function play() {
  let count = 0;
  let listener: (bytes: Uint8Array) => void = () => undefined;
  let end: () => void = () => undefined;
  let late: (() => void) | undefined;
  const seen = { written: [] as string[], events: [] as string[], shown: "", isClosed: false };
  const channel: Channel = {
    write: (bytes) => {
      seen.written.push(Buffer.from(bytes).toString("latin1"));
      return true;
    },
    drained: () => Promise.resolve(),
    resize: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    onBytes: (given) => {
      listener = given;
    },
    closed: new Promise((resolve) => {
      end = () => resolve({ code: null, signal: null, reason: "lost" });
    }),
    close: () => {
      seen.isClosed = true;
    },
  };
  const event =
    (name: string) =>
    (...values: unknown[]): void =>
      void seen.events.push([name, ...values.map((value) => JSON.stringify(value))].join(" "));
  const shell = createGovernedShell(
    channel,
    {
      dialect: "bash",
      nonce: () => (count += 1).toString(16).padStart(32, "0"),
      after: (_, then) => {
        late = then;
        return () => {
          if (late === then) late = undefined;
        };
      },
      columns: 80,
    },
    {
      output: (bytes) => {
        seen.shown += Buffer.from(bytes).toString();
      },
      asked: ({ id, text }) => event("asked")(id, text),
      withdrawn: event("withdrawn"),
      told: event("told"),
      started: event("started"),
      ended: event("ended"),
      prompt: event("prompt"),
      incident: event("incident"),
    },
  );
  let nonce = "1".padStart(32, "0");
  const print = (text: string): void => listener(Buffer.from(text, "latin1"));
  const say = (kind: string, first: number | string = "", second = "", payload = ""): void =>
    print(`\u001b]7777;${nonce};${kind};${first};${second};${payload.length};${payload};${nonce}\u0007`);
  /** Takes the verdict that was written last. */
  const take = (): string => {
    const [, , kind = "", next = ""] =
      /^\u001dV;(\w+);\d+;(\w+);(\w+);/.exec(seen.written.at(-1) ?? "") ?? []; // oxlint-disable-line no-control-regex
    nonce = next;
    return kind;
  };
  const ready = (): void => {
    print(bootMarker);
    say("P", 1, "0,0");
    say("D", 1);
    for (const id of [1, 2]) {
      say("Q", id, "0,0,0", `'${seen.written.at(-1)?.trim()}'`);
      say("L", id, take(), "''");
    }
    seen.events.length = 0;
  };
  return { shell, seen, print, say, take, ready, lose: () => end(), wait: () => late?.() };
}
const began = (id: number): ((played: ReturnType<typeof play>) => void) => {
  return ({ shell, say, take, seen }) => {
    say("Q", id, "0,0,0", "'ls'");
    shell.answer(id, { kind: "allow" });
    say("L", id, take(), "''");
    expect(seen.isClosed).toBe(false);
  };
};

describe("the gate's side", () => {
  test("leads a line from its question to its end", () => {
    const played = play();
    played.ready();
    began(3)(played);
    played.say("S");
    played.say("P", 2, "7,1");
    played.say("D", 2);
    expect(played.seen.events).toEqual(['asked 3 "ls"', "started 3", "ended 3 7", "prompt"]);
  });

  test.each([
    ["a command that begins without a verdict", (of: ReturnType<typeof play>) => of.say("S")],
    ["a command that began unseen", (of: ReturnType<typeof play>) => of.say("P", 2, "0,1")],
    [
      "a second command after the prompt is back",
      (of: ReturnType<typeof play>) => {
        began(3)(of);
        of.say("P", 2, "0,0");
        of.say("D", 2);
        of.say("S");
      },
    ],
    [
      "a command at the secondary prompt",
      (of: ReturnType<typeof play>) => {
        began(3)(of);
        of.say("C", 1);
        of.say("S");
      },
    ],
    [
      "another verdict than the one that was given",
      (of: ReturnType<typeof play>) => {
        of.say("Q", 3, "0,0,0", "'rm'");
        of.shell.answer(3, { kind: "deny", message: "No." });
        of.take();
        of.say("L", 3, "allow", "''");
      },
    ],
    [
      "a verdict that was not given",
      (of: ReturnType<typeof play>) => {
        of.say("Q", 3, "0,0,0", "'rm'");
        of.say("L", 3, "allow", "''");
      },
    ],
    [
      "a verdict that is not taken in time",
      (of: ReturnType<typeof play>) => {
        of.say("Q", 3, "0,0,0", "'ls'");
        of.shell.answer(3, { kind: "allow" });
        of.wait();
      },
    ],
    ["an old question", (of: ReturnType<typeof play>) => of.say("Q", 2, "0,0,0", "'ls'")],
    ["an unknown frame", (of: ReturnType<typeof play>) => of.say("X")],
  ])("%s ends the session", (_, act) => {
    const played = play();
    played.ready();
    act(played);
    expect(played.seen.isClosed).toBe(true);
    expect(played.seen.events.at(-1)).toMatch(/^incident/);
    played.print("more");
    expect(played.seen.shown).not.toContain("more");
  });

  test("a Ctrl-C that the secondary prompt did not hear is sent once more", () => {
    const played = play();
    played.ready();
    began(3)(played);
    played.say("C", 1);
    played.say("C", 1);
    const before = played.seen.written.length;
    played.shell.input(Buffer.from("\u0003"));
    played.wait();
    played.wait();
    expect(played.seen.written.slice(before)).toEqual(["\u0003", "\u0003"]);
    played.shell.input(Buffer.from("\u0003"));
    played.wait();
    expect(played.seen.written.slice(before)).toHaveLength(3);
  });

  test("a connection that is lost after a grant claims nothing about the line", async () => {
    const played = play();
    played.ready();
    played.say("Q", 3, "0,0,0", "'ls'");
    played.shell.answer(3, { kind: "allow" });
    played.lose();
    await Promise.resolve();
    expect(played.seen.events).toEqual(['asked 3 "ls"']);
    expect(played.shell.state).toBe("closed");
  });

  test("a command whose frame was lost has begun all the same, and its end is told", () => {
    const played = play();
    played.ready();
    began(3)(played);
    played.say("Q", 4, "0,130,1", "'next'");
    expect(played.seen.events).toEqual(['asked 3 "ls"', "started 3", "ended 3 130", 'asked 4 "next"']);
  });

  test("a question into which other output fell, or that is no text, is refused unasked", () => {
    const played = play();
    played.ready();
    played.print(`\u001b]7777;${"1".padStart(32, "0")}`);
    played.print("x\u0007");
    played.say("Q", 3, "0,0,0", "$'\\377'");
    expect(played.take()).toBe("cancel");
    played.say("L", 3, "cancel", "''");
    expect(played.seen.events).toEqual([]);
    expect(played.seen.shown).toContain("not valid UTF-8");
  });

  test("a shell that runs a trial line is refused", async () => {
    const played = play();
    played.print(bootMarker);
    played.say("D", 1);
    played.say("S");
    await expect(played.shell.ready).rejects.toMatchObject({ code: "shell_not_governable" });
    expect(played.seen.isClosed).toBe(true);
  });

  test("a shell that says nothing, or too much, before the hook is refused", async () => {
    const silent = play();
    silent.wait();
    await expect(silent.shell.ready).rejects.toMatchObject({ code: "shell_not_governable" });
    const loud = play();
    loud.print("x".repeat(70_000));
    await expect(loud.shell.ready).rejects.toMatchObject({ code: "shell_not_governable" });
  });
});
