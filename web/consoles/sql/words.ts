import type { Decision } from "../../../shared/nouns/decision.ts";
import type { MaskRule } from "../../../shared/nouns/catalog.ts";
import type { UserError } from "../../api/errors.ts";
import { count, plural } from "../../ui/number.ts";
import { verdicts, type Verdict } from "../../ui/verdict.tsx";
import { reasonsOf } from "../reasons.ts";
import { reviewStands, waitsOn } from "../waits-on.ts";
import { isFinal, type Run } from "./runs.ts";
import type { Judged } from "./use-evaluation.ts";

/** A verdict in one line: chip, its word, and the sentence beside it. */
export type Spoken = { verdict: Verdict; word: string; sentence: string };

/** What the gate said while typing. */
export function speak({ evaluation, error }: Judged): Spoken | undefined {
  if (evaluation !== undefined) return wouldBe(evaluation.decision);
  return error === undefined ? undefined : unjudged(error);
}

/** Before running: "Would be held". Allowed says what runs masked. */
export function wouldBe(decision: Decision): Spoken {
  const sentence = [
    ...reasonsOf(decision),
    ...(decision.effect === "block" && decision.hint !== undefined ? [decision.hint] : []),
  ].join(" ");
  switch (decision.effect) {
    case "allow":
      return { verdict: "allowed", word: "Allowed", sentence: runsAtOnce(decision) };
    case "review":
      return {
        verdict: "held",
        word: "Would be held",
        sentence: sentence === "" ? waitsOn(decision) : sentence,
      };
    case "block":
      return {
        verdict: "blocked",
        word: "Would be blocked",
        sentence: sentence === "" ? "No policy allows this." : sentence,
      };
  }
}

function runsAtOnce(decision: Decision): string {
  const masked = maskedColumns(decision);
  return masked.length === 0 ? "Runs at once." : `Runs at once. Masked: ${masked.join(", ")}.`;
}

export function maskedColumns(decision: Decision): string[] {
  return [...new Set(decision.obligations.masks.map(({ column }) => column))];
}

/** What could not be judged: the text does not parse, or the gate gave no answer. */
export function unjudged(error: UserError): Spoken {
  if (error.code === "blocked" || error.code === "masking_refused")
    return {
      verdict: "blocked",
      word: "Would be blocked",
      sentence: `${error.message} ${error.hint ?? ""}`.trim(),
    };
  const word = error.code === "sql_unparseable" ? "Not understood" : "No verdict";
  return { verdict: "unclear", word, sentence: `${error.message} ${error.hint ?? ""}`.trim() };
}

/** A state is a verdict by its own name; what is on its way there runs as far as anybody sees. */
export const runVerdict = ({ state }: Pick<Run, "state">): Verdict =>
  state === "sending" ? "running" : state;

/** How a mask changes a value, in a word or two. */
export function maskWords(rule: MaskRule): string {
  switch (rule.kind) {
    case "redact":
      return "redacted";
    case "null":
      return "left out";
    case "last":
      return `last ${rule.count}`;
    case "first":
      return `first ${rule.count}`;
    case "email-domain":
      return "keeps the domain";
    case "date":
      return `cut to the ${rule.to}`;
    case "bucket":
      return `in steps of ${count(rule.size)}`;
    case "token":
      return "as a token";
    case "digits":
      return rule.keep === undefined ? "other digits" : `other digits, last ${rule.keep}`;
    case "json":
      return "in parts";
  }
}

/** A run's verdict with its sentence. */
export function spokenOf(run: Run): Spoken {
  const verdict = runVerdict(run);
  return { verdict, word: verdicts[verdict].word, sentence: runSentence(run) };
}

/** One line about how a run ended or stands. */
export function runSentence(run: Run): string {
  const reasons = run.decision === undefined ? "" : reasonsOf(run.decision).join(" ");
  const refused = run.refusal?.message ?? reasons;
  switch (run.state) {
    case "unsent":
      return "Waits for the connection. It goes to the gate once that is back";
    case "sending":
      return "On its way to the gate";
    case "running":
      return "Running at the target";
    case "held":
      return heldSentence(run);
    case "blocked":
      // A statement that policy allows may be refused by what hides its values.
      return (run.decision?.effect === "block" && reasons) || refused || "No policy allows this";
    case "failed":
      return run.error?.message ?? (refused === "" ? "The target refused it" : refused);
    case "rejected":
      return refused === ""
        ? `${run.review?.votes.findLast(({ verdict }) => verdict === "reject")?.name ?? "A reviewer"} rejected it`
        : refused;
    case "expired":
      return "Nobody decided in time. Nothing ran";
    case "withdrawn":
      return "You took it back. Nothing ran";
    case "cancelled":
      return run.command === undefined
        ? "Taken back before it was sent. Nothing ran"
        : "Cancelled at the target";
    case "unknown":
      return "The gate stopped while it ran. Look at the data before you try again";
    case "completed":
      return "";
  }
}

function heldSentence(run: Run): string {
  const review = run.review;
  if (review === undefined)
    return run.decision === undefined ? "Waits on people" : waitsOn(run.decision).replace(/\.$/u, "");
  return reviewStands(review);
}

/** What whoever listens is told of a run once it rests: "Run 3 completed: 500 rows". "" while it goes on. */
export function announced(run: Run): string {
  if (!isFinal(run.state) && run.state !== "held") return "";
  const ended = `Run ${run.number} ${verdicts[runVerdict(run)].word.toLowerCase()}`;
  if (run.state === "failed") return `${ended}: ${runSentence(run)}`;
  const rows = run.results.map(({ store }) => plural(store.rowCount, "row"));
  return rows.length === 0 ? ended : `${ended}: ${rows.join(", ")}`;
}

/** `1,000 rows, more exist`, `14 rows touched`. */
export function runCounts(run: Run): string {
  const result = run.results[0];
  if (run.results.length === 1 && result !== undefined)
    return `${plural(result.rowCount ?? result.store.rowCount, "row")}${result.truncated === true ? ", more exist" : ""}`;
  if (run.results.length > 1) return plural(run.results.length, "result");
  const [answer] = run.answered ?? [];
  if (run.tags.length === 0 && answer !== undefined)
    return `${plural(answer.rowCount, "row")}${answer.columns.length === 0 ? " touched" : ""}${answer.truncated ? ", more exist" : ""}`;
  const touched = run.tags.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const tag = run.tags.at(-1)?.tag;
  return tag === undefined
    ? ""
    : /^(INSERT|UPDATE|DELETE|MERGE)/u.test(tag)
      ? `${plural(touched, "row")} touched`
      : tag;
}
