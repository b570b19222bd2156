import { describe, expect, it } from "vitest";
import { ShellCommand } from "../../../shared/nouns/command.ts";
import { RecordingEvent } from "../../../shared/recording/format.ts";
import { applyCommand, applyEvent, gateVerdict, hiddenClasses, type TerminalCommands } from "./commands.ts";

const openedAt = "2026-11-20T09:00:00.000Z";
const id = "cmd_00000000000000000000000001";
const review = "rev_00000000000000000000000001";
const decision = (effect: "allow" | "review" | "block") => ({
  effect,
  policies: [],
  reasons: [],
  obligations: {
    ...{ reviewers: [], reviewExpiresSeconds: 600, maxRows: 0, timeoutMs: 1000, maxAffectedRows: null },
    ...{ unmask: [], masks: [] },
  },
  policyVersion: 1,
});
const typed = (effect: "allow" | "review" | "block", terminal = true) => ({
  ...{ type: "shell", at: 1500, command: id, text: "rm -rf x", stdin: "", terminal, sha256: "00" },
  decision: decision(effect),
});
const held = { type: "held", at: 1600, command: id, review, expiresAt: openedAt, groups: ["reviewers"] };
const state = (state: string) => ({ type: "state", at: 1700, command: id, state });
const outcome = (state: string) => ({ type: "outcome", at: 1800, command: id, state, masked: [] });
const after = (...events: unknown[]): TerminalCommands =>
  events.reduce<TerminalCommands>(
    (commands, event) => applyEvent(commands, RecordingEvent.parse(event), openedAt),
    [],
  );
const asked = (state: string) =>
  ShellCommand.parse({
    ...{ kind: "shell", id, session: "ses_00000000000000000000000001", target: "bastion", actor: "act_mara" },
    ...{ actorName: "Mara", state, submittedAt: openedAt, command: "rm -rf x", stdin: "" },
    ...{ timeoutSeconds: 60, terminal: true },
  });

describe("commands of a terminal", () => {
  it("carry the gate's verdict from the moment they are judged", () => {
    expect(after(typed("allow")).map(gateVerdict)).toEqual(["allowed"]);
    expect(after(typed("review")).map(gateVerdict)).toEqual(["held"]);
    expect(after(typed("block")).map(gateVerdict)).toEqual(["blocked"]);
  });

  it("wait, run and end as the recording says", () => {
    const waiting = after(typed("review"), held);
    expect(waiting).toMatchObject([{ state: "held", held: { groups: ["reviewers"] } }]);
    const ran = after(typed("review"), held, state("running"), outcome("failed"));
    expect(ran).toMatchObject([{ state: "failed", held: undefined, masked: [] }]);
    expect(ran.map(gateVerdict)).toEqual(["allowed"]);
    expect(after(typed("review"), held, outcome("withdrawn")).map(gateVerdict)).toEqual(["blocked"]);
  });

  it("are those that were typed in a terminal, once each", () => {
    expect(after(typed("allow", false))).toEqual([]);
    expect(after(typed("allow"), typed("allow"))).toHaveLength(1);
    expect(after(typed("allow"))).toMatchObject([{ submittedAt: "2026-11-20T09:00:01.500Z" }]);
  });

  it("tell each class of which something was hidden, live and after a reload", () => {
    const masked = [
      { field: "screen", class: "card", by: "detector" as const, rule: "redact" },
      { field: "screen", class: "card", by: "detector" as const, rule: "redact" },
    ];
    const live = after(typed("allow"), { ...outcome("completed"), masked });
    expect(live.map(hiddenClasses)).toEqual([["card"]]);
    expect(applyCommand([], { ...asked("completed"), masked }).map(hiddenClasses)).toEqual([["card"]]);
    expect(after(typed("allow")).map(hiddenClasses)).toEqual([[]]);
  });

  it("keep the votes on them where a list of commands has none", () => {
    const reviewed = ShellCommand.parse({
      ...asked("completed"),
      review: { id: review, expiresAt: openedAt, reviewers: [], votes: [] },
    });
    const known = applyCommand([], reviewed);
    expect(applyCommand(known, asked("completed"))).toMatchObject([{ review: { id: review } }]);
  });

  it("take an answer that is older than the stream for what it is", () => {
    const ended = after(typed("allow"), outcome("completed"));
    expect(applyCommand(ended, asked("running"))).toBe(ended);
    const approved = after(typed("review"), held, state("running"));
    expect(applyCommand(approved, asked("held"))).toBe(approved);
    expect(applyCommand([], asked("completed"))).toMatchObject([{ id, text: "rm -rf x" }]);
  });
});
