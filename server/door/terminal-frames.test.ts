import { expect, test } from "vitest";
import type { ServerFrame } from "../../shared/contract/frames.ts";
import { SessionId } from "../../shared/ids.ts";
import { Actor } from "../../shared/nouns/actor.ts";
import type { Terminal } from "../gate/stream.ts";
import { createTerminalFrames } from "./terminal-frames.ts";

const actor = Actor.parse({
  ...{ id: "act_mara", kind: "human", name: "Mara", issuer: "", subject: "mara", person: "mara" },
  ...{ groups: [], roles: [], tokenExpiresAt: "2026-11-20T12:00:00.000Z" },
});
const session = SessionId.parse("ses_00000000000000000000000001");
const size = { columns: 80, rows: 24 };

test("keys that answer the terminal's first frame reach it, those from before it do not", async () => {
  const typed: string[] = [];
  const terminal: Terminal = {
    mode: "governed",
    size,
    keys: async (text) => void typed.push(text),
    resize: async () => {},
    openedAt: "2026-01-01T00:00:00.000Z",
    snapshot: (send) => send({ screen: "$ ", marks: [] }),
  };
  const answer = async ({ type }: ServerFrame) => {
    if (type === "terminal") await take({ type: "keys", text: "after" }, actor);
  };
  const take = createTerminalFrames({ terminal: async () => terminal }, session, answer);
  await take({ type: "keys", text: "before" }, actor);
  await take({ type: "terminal", ...size }, actor);
  expect(typed).toEqual(["after"]);
});
