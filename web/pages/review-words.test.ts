import { describe, expect, test } from "vitest";
import { ShellFacts } from "../../shared/nouns/facts.ts";
import { ReviewForViewer } from "../../shared/nouns/review.ts";
import {
  besideCommand,
  changesWords,
  inboxOf,
  kindOf,
  nextVote,
  reviewTitle,
  share,
} from "./review-words.ts";

const obligations = {
  reviewers: [{ group: "shop-reviewers", quorum: 2, policy: "p" }],
  reviewExpiresSeconds: 900,
  maxRows: 10,
  timeoutMs: 1000,
  maxAffectedRows: null as number | null,
  unmask: [],
  masks: [],
};
const make = (id: number, over: Record<string, unknown> = {}): ReviewForViewer =>
  ReviewForViewer.parse({
    id: `rev_${String(id).padStart(26, "0")}`,
    command: `cmd_${"0".repeat(26)}`,
    session: `ses_${"0".repeat(26)}`,
    target: "shop",
    tags: {},
    state: "pending",
    requestedBy: { actor: "a", name: "Mara", kind: "human", groups: [], person: "a" },
    reason: "",
    original: "x",
    sql: "x",
    visible: "x",
    parameters: [],
    sha256: "0".repeat(64),
    decision: { effect: "review", policies: [], reasons: [], obligations, policyVersion: 1 },
    impact: null,
    votes: [],
    openedAt: "2026-01-01T00:00:00Z",
    expiresAt: `2026-01-01T00:${10 + id}:00Z`,
    mayVote: true,
    ...over,
  });
const shell = (facts: Record<string, unknown> = {}, over: Record<string, unknown> = {}) =>
  make(1, {
    decision: {
      effect: "review",
      policies: [],
      reasons: [],
      obligations,
      policyVersion: 1,
      facts: ShellFacts.parse({
        kind: "shell",
        actions: ["shell.run", "shell.delete"],
        writes: true,
        commands: 1,
        programs: ["rm"],
        wrappers: [],
        reads: [],
        changes: [],
        deletes: [{ path: "./2026-08*", recursive: true, forced: true }],
        network: [],
        secrets: [],
        persistence: [],
        effects: [],
        opensInterpreter: false,
        runsScript: false,
        scripts: [],
        opaque: false,
        opaqueReasons: [],
        tampers: [],
        summary: "deletes ./2026-08* recursively, by force",
        subject: "rm ./2026-08*",
        ...facts,
      }),
    },
    sql: "rm -rf ./2026-08*",
    ...over,
  });
const approval = {
  actor: "p",
  person: "p",
  name: "Priya",
  verdict: "approve",
  comment: "",
  at: "2026-01-01T00:01:00Z",
};

describe("reviews in words", () => {
  test("the inbox keeps one's own apart, and what waits from what was decided", () => {
    const requestedBy = { actor: "me", name: "Me", kind: "human", groups: [], person: "me" };
    expect(inboxOf(make(1), "me")).toBe("decide");
    expect(inboxOf(make(2, { state: "rejected" }), "me")).toBe("decided");
    expect(inboxOf(make(3, { requestedBy }), "me")).toBe("mine");
    expect(inboxOf(make(4, { requestedBy, state: "expired" }), "me")).toBe("mine");
  });
  test("an approval says whether it runs or waits for others", () => {
    expect(nextVote(make(1))).toEqual({ words: "vote 1 of 2", runs: false });
    expect(nextVote(make(1, { votes: [approval] }))).toEqual({ words: "vote 2 of 2", runs: true });
  });
  test("a review without its text is not taken for an empty command", () => {
    const textRemoved = { rule: "*:30", at: "2026-03-01T00:00:00Z" };
    expect(reviewTitle(make(1, { sql: "", textRemoved }))).toBe("Text removed");
  });
  test("what it changes is bound first, counted else, and said to be unknown where it is", () => {
    expect(changesWords(make(1))).toContain("could not be counted");
    const bound = (maxAffectedRows: number) =>
      make(1, {
        decision: {
          effect: "review",
          policies: [],
          reasons: [],
          obligations: { ...obligations, maxAffectedRows },
          policyVersion: 1,
        },
      });
    expect(changesWords(bound(7))).toBe("changes at most 7 rows: more rolls back");
    expect(changesWords(bound(0))).toBe("changes no row as things stand: any rolls back");
  });
  test("a title is the verb, or the command's own first words", () => {
    expect(reviewTitle(make(1, { sql: "-- why\nCREATE INDEX i ON orders (note)" }))).toBe("CREATE INDEX");
    expect(reviewTitle(make(1, { sql: "frobnicate" }))).toBe("Command");
  });
  test("a shell command is told by its own facts, and of a host", () => {
    const review = shell();
    expect(reviewTitle(review)).toBe("rm ./2026-08*");
    expect(reviewTitle(shell({ subject: "" }, { sql: "\n  sudo -n\treboot " }))).toBe("sudo -n reboot");
    expect(changesWords(review)).toBe("deletes ./2026-08* recursively, by force");
    expect([kindOf(review), kindOf(make(1))]).toEqual(["ssh", "postgres"]);
  });
  test("standard input counts line by line, as it must be shown; values count one by one", () => {
    expect(besideCommand(shell()).count).toBe(0);
    expect(besideCommand(shell({}, { parameters: ["one\r\ntwo\n"] })).count).toBe(3);
    expect(besideCommand(make(1, { parameters: ["a\nb", null] }))).toMatchObject({
      count: 2,
      one: "parameter",
    });
  });
  test("a small share is never shown as none", () => {
    expect(share(1, 312_480)).toBe("< 0.1 %");
    expect(share(1187, 312_480)).toBe("0.4 %");
    expect(share(0, 10)).toBe("0 %");
  });
});
