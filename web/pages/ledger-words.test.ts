import { expect, test } from "vitest";
import type { Entry } from "../../shared/nouns/entry.ts";
import { bodyLine } from "./ledger-words.ts";

const entry = (body: Entry["body"]) => ({ body }) as Entry;

test("an entry's command is its line, in one line", () => {
  expect(bodyLine(entry({ sql: "SELECT 1,\n  2", target: "shop" }))).toEqual({
    text: "SELECT 1, 2",
    code: true,
  });
});
test("plain values read as words, and what is not so is left out", () => {
  const said = (body: Entry["body"]) => bodyLine(entry(body)).text;
  expect(said({ how: "file" })).toBe("file");
  expect(said({ exitCode: 0, truncated: false })).toBe("exit code 0");
  expect(said({ raw: true, revision: 4, target: "bastion" })).toBe("raw, revision 4, bastion");
  expect(said({ actorKind: "human", kind: "ssh", reason: "The disk is full", target: "bastion" })).toBe(
    "kind ssh, reason The disk is full, bastion",
  );
});
test("of an entry whose body retention removed, that is said", () => {
  expect(bodyLine(entry(null)).text).toBe("removed by retention");
});
