import { createHash } from "node:crypto";
import type { LedgerKeys } from "../../shared/nouns/entry.ts";
import type { Manifest } from "../../shared/recording/manifest.ts";
import { visible } from "../../shared/visible.ts";
import type { ReviewInBrief } from "../approval/review-texts.ts";
import type { ArchivedCommand, ArchivedSession, Period } from "./archive-rows.ts";

type Summary = {
  period: Period;
  at: string;
  actor: string;
  sessions: readonly ArchivedSession[];
  missing: Manifest["missing"];
  commands: { shown: readonly ArchivedCommand[]; more: boolean };
  reviews: { shown: readonly ReviewInBrief[]; more: boolean };
  kinds: ReadonlyMap<string, number>;
  keys: LedgerKeys["keys"];
};

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that is not ours: what cannot be seen is written out, and nothing in it is markup. */
const text = (value: string): string =>
  visible(value).text.replace(/[&<>"']/gu, (character) => escapes[character] ?? "");

const cells = (tag: "th" | "td", values: readonly string[]) =>
  `<tr>${values.map((value) => `<${tag}>${value}</${tag}>`).join("")}</tr>`;

/** A table of cells that are HTML already. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><thead>${cells("th", head.map(text))}</thead><tbody>${rows
    .map((row) => cells("td", row))
    .join("\n")}</tbody></table>`;

/** The beginning of a text, and how much of it that is. */
const begunText = ({ text: shown, characters }: { text: string; characters: number }) =>
  `<pre>${text(shown)}</pre>${
    characters > shown.length ? `<p>The first ${shown.length} of ${characters} characters.</p>` : ""
  }`;

const style = `
  body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c1c1f; background: #fff }
  h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #d8d8de }
  code, pre { font: 12px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
`;

/** What an archive holds, for people: one page that loads and runs nothing. */
export function summaryPage({
  period,
  at,
  actor,
  sessions,
  missing,
  commands,
  reviews,
  kinds,
  keys,
}: Summary): string {
  const why = new Map(missing.map((one) => [one.session, one.why]));
  const removed = sessions.filter((session) => session.removed !== undefined).length;
  const nameOf = new Map(sessions.map((session) => [session.id as string, session]));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evidence from ${text(period.from)} to ${text(period.to)}</title>
<style>${style}</style>
<h1>Evidence from ${text(period.from)} to ${text(period.to)}</h1>
<p>Made ${text(at)} for <code>${text(actor)}</code>. This page is for reading; the proof is in the files beside it.</p>
<pre>npm run verify -- key.json evidence.tar</pre>
<p>checks every line, hash and signature, where <code>key.json</code> is what you kept of the gateway's keys, apart from this archive.</p>
<h2>Keys</h2>
${table(
  ["Key", "Since", "Fingerprint (SHA-256)"],
  keys.map(({ keyId, since, jwk }) => [
    `<code>${text(keyId)}</code>`,
    text(since),
    `<code>${createHash("sha256").update(Buffer.from(jwk.x, "base64url")).digest("hex")}</code>`,
  ]),
)}
<h2>The ledger</h2>
<p>From the last checkpoint before the period to its head when this was made.</p>
${table(
  ["Entry", "How many"],
  [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => [text(kind), String(count)]),
)}
<h2>Sessions: ${sessions.length}</h2>
${table(
  ["Began", "Ended", "Who", "Target", "Recording"],
  sessions.map(({ id, startedAt, endedAt, actor: who, actorName, target }) => [
    text(startedAt),
    endedAt === undefined ? "live" : text(endedAt),
    `${text(actorName)}<br><code>${text(who)}</code>`,
    text(target),
    why.has(id)
      ? `none: ${text(why.get(id) ?? "")}<br><code>${text(id)}</code>`
      : `<code>recordings/${text(id)}.rec</code>`,
  ]),
)}
<h2>Commands: ${commands.more ? `the first ${commands.shown.length}` : commands.shown.length}</h2>
${commands.more ? "<p>There are more: the recordings and the ledger have all of them.</p>" : ""}
${table(
  ["When", "Who, where", "Decision, outcome", "Command"],
  commands.shown.map(({ session, submittedAt, effect, state, text: shown, characters }) => [
    text(submittedAt),
    `${text(nameOf.get(session)?.actorName ?? "")}<br>${text(nameOf.get(session)?.target ?? "")}`,
    `${text(effect ?? "")}<br>${text(state)}`,
    begunText({ text: shown, characters }),
  ]),
)}
${removed === 0 ? "" : `<p>Commands of ${removed} sessions are not here: retention removed them with their recordings.</p>`}
<h2>Reviews: ${reviews.more ? `the first ${reviews.shown.length}` : reviews.shown.length}</h2>
${table(
  ["Asked", "Who, where", "Became", "Votes", "Command"],
  reviews.shown.map((review) => [
    text(review.openedAt),
    `${text(review.requestedBy)}<br>${text(review.target)}`,
    `${text(review.state)}<br>${text(review.decidedAt ?? "")}`,
    review.votes
      .map(({ at: votedAt, name, verdict, comment }) =>
        [`${text(name)}: ${text(verdict)}`, text(votedAt), text(comment)].filter(Boolean).join("<br>"),
      )
      .join("<br>"),
    review.textRemoved
      ? `Text and comments removed by retention on ${text(review.textRemoved.at)}, rule ${text(review.textRemoved.rule)}.`
      : begunText(review),
  ]),
)}
</html>
`;
}
