import { describe, expect, test } from "vitest";
import { until } from "../connect/testing.ts";
import { dialects, nonce, useHost, type Judge } from "./testing.ts";

const host = useHost();

/** As a parser would: a `for` wants its `done`, a here-document its end. */
const parsing: Judge = ({ text }) => {
  if (text.includes("forbidden")) return { kind: "deny", message: "That is forbidden here." };
  const open = /\bfor\b/.test(text) && !/\bdone\b/.test(text);
  const document = /<<(\w+)/.exec(text)?.[1];
  const ended = document === undefined || text.split("\n").slice(1).includes(document);
  return { kind: open || !ended ? "incomplete" : "allow" };
};

describe.each(dialects)("%s", (dialect) => {
  test("an incomplete line goes on in the editor, and is asked about with what follows", async () => {
    const desk = await host.sit(dialect, { judge: parsing });
    desk.type("for i in 1 2\rdo echo loop-$i\rdone; touch ran\r");
    await until(() => desk.ended.length === 1);
    expect(desk.asked.at(-1)?.text).toBe("for i in 1 2\ndo echo loop-$i\ndone; touch ran");
    expect(desk.asked.every((one) => one.kind === "line")).toBe(true);
    expect(desk.shown()).toContain("loop-1\r\nloop-2\r\n");
    desk.type("cat <<END\rhere $((1+1))\rEND\r");
    await until(() => desk.ended.length === 2);
    expect(desk.shown()).toContain("here 2\r\n");
    expect(desk.started).toHaveLength(2);
  });

  test("at the secondary prompt every line is asked about together with those before it", async () => {
    const desk = await host.sit(dialect);
    desk.type("for i in 1 2; do\recho loop-$i\rdone\r");
    await until(() => desk.ended.length === 1);
    desk.type("cat <<END\rhere\rEND\r");
    await until(() => desk.ended.length === 2);
    expect(desk.asked.map(({ text, kind }) => [kind, text.trimEnd()])).toEqual([
      ["line", "for i in 1 2; do"],
      ["continuation", "for i in 1 2; do\necho loop-$i"],
      ["continuation", "for i in 1 2; do\necho loop-$i\ndone"],
      ["line", "cat <<END"],
      ["continuation", "cat <<END\nhere"],
      ["continuation", "cat <<END\nhere\nEND"],
    ]);
    expect(desk.started).toEqual([5, 8]);
    expect(desk.incidents).toEqual([]);
  });

  test("a denied line at the secondary prompt gives up the lines before it", async () => {
    const desk = await host.sit(dialect);
    desk.type("for i in 1 2; do\rtouch forbidden\r");
    await until(() => desk.ended.length === 1);
    await desk.run("echo after");
    expect(desk.started).toEqual([5]);
    expect(desk.asked.at(-1)).toMatchObject({ text: "echo after", kind: "line" });
    expect(desk.exists("forbidden")).toBe(false);
  });

  test("Ctrl-C at the secondary prompt gives up the lines before it", async () => {
    const desk = await host.sit(dialect);
    desk.type("for i in 1 2; do\r");
    await until(() => desk.asked.length === 1 && desk.shell.state === "prompt");
    await desk.interrupt(() => desk.ended.length === 1);
    await desk.run("echo after");
    expect(desk.started).toEqual([4]);
    expect(desk.asked.at(-1)).toMatchObject({ text: "echo after", kind: "line" });
  });
});

test("bash: the key that accepts a line accepts none at the secondary prompt, nor at the primary one", async () => {
  const nonces: string[] = [];
  const desk = await host.sit("bash", {
    nonce: () => {
      nonces.push(nonce());
      return nonces.at(-1) ?? "";
    },
  });
  const act = `\u001e${nonces[1]?.slice(0, 16)}x`;
  desk.type(`touch ran ${act}\u0015`);
  desk.type("for i in 1; do touch ran\r");
  await until(() => desk.asked.length === 1 && desk.shell.state === "prompt");
  desk.type(`done; touch ran${act}`);
  await desk.interrupt(() => desk.ended.length === 1);
  await desk.run("echo after");
  expect(desk.asked.map((one) => one.text)).toEqual(["for i in 1; do touch ran", "echo after"]);
  expect(desk.started).toEqual([4]);
  expect(desk.exists("ran")).toBe(false);
});
