import type { ReviewForViewer } from "../../shared/nouns/review.ts";
import type { TargetKind } from "../../shared/nouns/target.ts";
import type { Language } from "../ui/language.ts";
import { count, plural } from "../ui/number.ts";
import { sqlTokens } from "../ui/sql-tokens.ts";
import type { Verdict } from "../ui/verdict.tsx";

type Review = ReviewForViewer;

export const reviewVerdicts: Record<Review["state"], Verdict> = {
  pending: "held",
  approved: "approved",
  rejected: "rejected",
  expired: "expired",
  withdrawn: "withdrawn",
};

/** A relation's name without the schema that everybody works in. */
export const shortName = (name: string): string => name.replace(/^public\./u, "");

/** Actions whose verb says all; a schema change is told by its own words. */
const plainVerbs = new Set([
  "sql.select",
  "sql.insert",
  "sql.update",
  "sql.delete",
  "sql.merge",
  "sql.truncate",
]);
const titleWords = 2;

type Asked = Pick<Review, "decision" | "sql" | "parameters">;

/** In what the command is written: its facts know. */
export const languageOf = ({ decision }: Pick<Review, "decision">): Language => decision.facts?.kind ?? "sql";

/** Of the target that it is asked of. */
export const kindOf = (review: Pick<Review, "decision">): TargetKind =>
  languageOf(review) === "shell" ? "ssh" : "postgres";

/** A shell command's standard input: the one value that is bound beside its text. "" where it has none. */
export const stdinOf = ({ parameters: [stdin] }: Pick<Review, "parameters">): string => String(stdin ?? "");

/** Whether it takes a file from a host, or brings one. */
export const isFile = ({ decision }: Pick<Review, "decision">): boolean =>
  decision.facts?.actions.some((action) => action.startsWith("file.")) ?? false;

/** What stands beside the command and must be shown as wholly as it: values, or lines of standard input. */
export function besideCommand(review: Asked): { count: number; one: string; many: string } {
  if (languageOf(review) === "sql")
    return { count: review.parameters.length, one: "parameter", many: "parameters" };
  const stdin = stdinOf(review);
  const count = stdin === "" ? 0 : stdin.split("\n").length;
  const what = isFile(review) ? "the file" : "standard input";
  return { count, one: `line of ${what}`, many: `lines of ${what}` };
}

/** `UPDATE orders`, `CREATE INDEX orders`, `rm ./2026-08*`: what a review is about. */
export function reviewTitle({
  decision,
  sql,
  textRemoved,
}: Pick<Review, "decision" | "sql" | "textRemoved">): string {
  if (textRemoved !== undefined) return "Text removed";
  const { facts } = decision;
  if (facts?.kind === "shell") return facts.subject || firstWords(sql);
  const action = facts?.actions.length === 1 ? facts.actions[0] : undefined;
  const verb =
    action !== undefined && plainVerbs.has(action)
      ? action.replace("sql.", "").toUpperCase()
      : firstKeywords(sql);
  return [verb, shortName(facts?.subject ?? "")].filter(Boolean).join(" ");
}

const titleCharacters = 60;
const firstWords = (text: string): string =>
  text.replace(/\s+/gu, " ").trim().slice(0, titleCharacters) || "Command";

function firstKeywords(sql: string): string {
  const words: string[] = [];
  for (const { kind, start, end } of sqlTokens(sql)) {
    if (kind === "space" || kind === "comment") continue;
    if (kind !== "keyword" || words.length === titleWords) break;
    words.push(sql.slice(start, end).toUpperCase());
  }
  return words.join(" ") || "Command";
}

/** How many approvals there are, of how many it takes. */
export function tally({ votes, decision }: Review): { approved: number; needed: number } {
  return {
    approved: votes.filter(({ verdict }) => verdict === "approve").length,
    needed: decision.obligations.reviewers.reduce((sum, { quorum }) => sum + quorum, 0),
  };
}

/** The most rows that it can touch: the bound it rolls back at, else what was counted, else the estimate. */
export function mostRows({ impact, decision }: Review): { rows: number; bound: boolean } | undefined {
  const bound = decision.obligations.maxAffectedRows;
  if (bound !== null) return { rows: bound, bound: true };
  const rows = impact?.countedRows ?? impact?.estimatedRows;
  return rows === undefined || rows === null ? undefined : { rows, bound: false };
}

/** `changes 1,187 rows of orders at most`; of a shell command, what its words tell. */
export function changesWords(review: Review): string {
  if (review.decision.facts?.kind === "shell") return review.decision.facts.summary;
  const most = mostRows(review);
  const subject = shortName(review.decision.facts?.subject ?? "");
  const of = subject === "" ? "" : ` of ${subject}`;
  if (most === undefined) return `how many rows${of} it changes could not be counted`;
  if (most.bound && most.rows === 0) return `changes no row${of} as things stand: any rolls back`;
  return most.bound
    ? `changes at most ${plural(most.rows, "row")}${of}: more rolls back`
    : `changes about ${plural(most.rows, "row")}${of}`;
}

/** What this person's approval brings about. */
export function nextVote(review: Review): { words: string; runs: boolean } {
  const { approved, needed } = tally(review);
  const runs = approved + 1 >= needed;
  if (needed <= 1) return { words: "the only vote it takes", runs };
  return { words: `vote ${approved + 1} of ${needed}`, runs };
}

/** `0.4 %`; shares too small to print say so. */
export function share(part: number, whole: number): string {
  const percent = (part / whole) * 100;
  if (percent === 0) return "0 %";
  if (percent < 0.1) return "< 0.1 %";
  return `${percent >= 10 ? count(Math.round(percent)) : percent.toFixed(1)} %`;
}

/** The lists of the inbox. */
export const inboxes = ["decide", "mine", "decided"] as const;
export type Inbox = (typeof inboxes)[number];

/** The list of the inbox that a review stands in: one's own apart, what waits apart from what was decided. */
export function inboxOf({ state, requestedBy }: Review, me: string): Inbox {
  if (requestedBy.actor === me) return "mine";
  return state === "pending" ? "decide" : "decided";
}

export const endedAt = ({ decidedAt, expiresAt, openedAt, state }: Review): string =>
  state === "pending" ? openedAt : (decidedAt ?? expiresAt);
