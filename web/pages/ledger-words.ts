import type { Entry, EntryKind } from "../../shared/nouns/entry.ts";
import type { Verdict } from "../ui/verdict.tsx";

/** Groups of kinds that one filters by. */
export const kindGroups = {
  sessions: { word: "Sessions", of: ["session.opened", "session.closed"] },
  commands: {
    word: "Commands",
    of: ["command.blocked", "impact.intent", "command.intent", "command.outcome"],
  },
  reviews: {
    word: "Reviews",
    of: ["review.opened", "review.vote", "review.decided", "review.expired", "review.withdrawn"],
  },
  changes: {
    word: "Changes",
    of: [
      "access.revoked",
      "access.restored",
      "policy.changed",
      "target.changed",
      "classes.changed",
      "catalog.read",
      "discovery.read",
      "key.rotated",
    ],
  },
  looks: { word: "Looks", of: ["recording.viewed", "evidence.exported"] },
  keeping: {
    word: "Keeping",
    of: [
      "recording.removed",
      "bodies.removed",
      "review.cleared",
      "hold.placed",
      "hold.lifted",
      "evidence.alarm",
      "evidence.sound",
    ],
  },
  gateway: { word: "Gateway", of: ["gateway.started", "gateway.stopped"] },
} as const satisfies Record<string, { word: string; of: readonly EntryKind[] }>;
export type KindGroup = keyof typeof kindGroups;

export const kindGroupNames = Object.keys(kindGroups).filter((name): name is KindGroup => name in kindGroups);

const kindOf = new Map<EntryKind, KindGroup>(
  kindGroupNames.flatMap((group) => kindGroups[group].of.map((kind) => [kind, group] as const)),
);
export const groupOf = (kind: EntryKind): KindGroup => kindOf.get(kind) ?? "gateway";

const words: Record<EntryKind, { word: string; verdict: Verdict }> = {
  "session.opened": { word: "Session opened", verdict: "recorded" },
  "session.closed": { word: "Session closed", verdict: "recorded" },
  "command.blocked": { word: "Command blocked", verdict: "blocked" },
  "impact.intent": { word: "Counting, before the first byte", verdict: "recorded" },
  "command.intent": { word: "Intent, before the first byte", verdict: "recorded" },
  "command.outcome": { word: "Outcome", verdict: "completed" },
  "review.opened": { word: "Command held", verdict: "held" },
  "review.vote": { word: "Vote", verdict: "approved" },
  "review.decided": { word: "Review decided", verdict: "approved" },
  "review.expired": { word: "Review expired", verdict: "expired" },
  "review.withdrawn": { word: "Review withdrawn", verdict: "withdrawn" },
  "policy.changed": { word: "Policies changed", verdict: "recorded" },
  "target.changed": { word: "Target changed", verdict: "recorded" },
  "classes.changed": { word: "Classes changed", verdict: "recorded" },
  "access.revoked": { word: "Access taken back", verdict: "recorded" },
  "access.restored": { word: "Access given again", verdict: "recorded" },
  "catalog.read": { word: "Catalog read", verdict: "recorded" },
  "script.read": { word: "Script read, before it runs", verdict: "recorded" },
  "terminal.opened": { word: "Terminal opened", verdict: "recorded" },
  "terminal.incident": { word: "Terminal incident", verdict: "blocked" },
  "discovery.read": { word: "Columns sampled", verdict: "recorded" },
  "recording.viewed": { word: "Recording viewed", verdict: "recorded" },
  "recording.removed": { word: "Recording removed", verdict: "expired" },
  "bodies.removed": { word: "Text removed", verdict: "expired" },
  "review.cleared": { word: "Review's text removed", verdict: "expired" },
  "hold.placed": { word: "Legal hold", verdict: "held" },
  "hold.lifted": { word: "Hold lifted", verdict: "recorded" },
  "evidence.exported": { word: "Evidence exported", verdict: "recorded" },
  "evidence.alarm": { word: "Evidence damaged", verdict: "blocked" },
  "evidence.sound": { word: "Evidence sound again", verdict: "verified" },
  "key.rotated": { word: "Signing key rotated", verdict: "recorded" },
  "gateway.started": { word: "Gateway started", verdict: "recorded" },
  "gateway.stopped": { word: "Gateway stopped", verdict: "recorded" },
};

const outcomes: Readonly<Record<string, Verdict>> = {
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
  unknown: "unknown",
  rejected: "rejected",
  blocked: "blocked",
  reject: "rejected",
  approve: "approved",
  approved: "approved",
  expired: "expired",
  withdrawn: "withdrawn",
};

/** What an entry says, in a word or two, and how it ended where it carries an end. */
export function entryWords({ kind, body }: Entry): { word: string; verdict: Verdict } {
  const told = words[kind];
  for (const name of ["state", "verdict", "decision"]) {
    const value = body?.[name];
    const verdict = typeof value === "string" ? outcomes[value] : undefined;
    if (verdict !== undefined) return { word: told.word, verdict };
  }
  return told;
}

const shownCharacters = 140;
/** Long or repeated elsewhere in the entry: they stand in its body. */
const unsaid = new Set(["text", "sha256", "review", "state", "actorKind"]);
/** Their values need no name. */
const selfEvident = new Set(["how", "because", "verdict", "target"]);
const spaced = (name: string) => name.replace(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);

/** `target shop` says no more than `shop`, and what is not so is not said at all. */
function plainWords([name, value]: [string, unknown]): string[] {
  if (unsaid.has(name) || value === "") return [];
  if (value === true) return [spaced(name)];
  if (typeof value === "number") return [`${spaced(name)} ${value}`];
  if (typeof value !== "string") return [];
  return [selfEvident.has(name) ? value : `${spaced(name)} ${value}`];
}

/** One line about an entry's body: its command if it has one, else its plain values. */
export function bodyLine({ body }: Entry): { text: string; code: boolean } {
  if (body === null) return { text: "removed by retention", code: false };
  for (const name of ["sql", "original", "command"]) {
    const value = body[name];
    if (typeof value === "string")
      return { text: value.slice(0, shownCharacters).replace(/\s+/gu, " "), code: true };
  }
  return { text: Object.entries(body).flatMap(plainWords).join(", ").slice(0, shownCharacters), code: false };
}
