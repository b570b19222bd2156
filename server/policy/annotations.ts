import { maxExpirySeconds, maxQuorum, maxRowsCeiling, maxTimeoutMs } from "./limits.ts";

/** What a policy's annotations ask for, read and checked. */
export type Terms = {
  review?: { group: string; quorum: number; expiresSeconds?: number };
  maxRows?: number;
  timeoutMs?: number;
  maxAffectedRows?: number;
  say?: string;
  hint?: string;
};

const idPattern = /^[a-z][a-z0-9-]{0,63}$/;
const maxWords = 300;
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `30s`, `15m`, `2h`, `7d` in seconds; undefined where it is none. */
function seconds(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,5})([smhd])$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

/**
 * Reads one policy's annotations. Whatever would do nothing is a problem: unknown names, values that cannot be read,
 * `@quorum` without `@review`, obligations on a forbid.
 */
export function readAnnotations(
  effect: "permit" | "forbid",
  annotations: Readonly<Record<string, string>>,
): { id: string; terms: Terms; problems: string[] } {
  const problems: string[] = [];
  const terms: Terms = {};
  const count = (name: string, text: string, least: number, most: number): number | undefined => {
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    problems.push(`@${name}("${text}") must be a whole number from ${least} to ${most}.`);
    return undefined;
  };
  const duration = (name: string, text: string, mostSeconds: number): number | undefined => {
    const value = seconds(text);
    if (value !== undefined && value <= mostSeconds) return value;
    problems.push(
      `@${name}("${text}") must be a time such as 30s, 15m or 2h, at most ${mostSeconds} seconds.`,
    );
    return undefined;
  };
  const words = (name: string, text: string): string | undefined => {
    if (text.trim() !== "" && text.length <= maxWords && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)) return text;
    problems.push(`@${name} must be one line of 1 to ${maxWords} visible characters.`);
    return undefined;
  };

  const { id = "", review, quorum, expires, ...rest } = annotations;
  if (id === "") problems.push('The policy has no @id("...").');
  else if (!idPattern.test(id)) problems.push(`@id("${id}") must be lower case letters, digits and dashes.`);

  if (review !== undefined) {
    if (review === "" || review !== review.trim())
      problems.push("@review must name a group, without spaces around it.");
    const people = quorum === undefined ? 1 : count("quorum", quorum, 1, maxQuorum);
    const expiresSeconds = expires === undefined ? undefined : duration("expires", expires, maxExpirySeconds);
    terms.review = { group: review, quorum: people ?? maxQuorum, expiresSeconds };
  } else {
    if (quorum !== undefined) problems.push("@quorum does nothing without @review.");
    if (expires !== undefined) problems.push("@expires does nothing without @review.");
  }
  if (effect === "forbid")
    for (const name of ["review", "maxRows", "timeout", "maxAffectedRows"])
      if (annotations[name] !== undefined) problems.push(`@${name} does nothing on a forbid.`);

  for (const [name, text] of Object.entries(rest)) {
    if (name === "maxRows") terms.maxRows = count(name, text, 0, maxRowsCeiling);
    else if (name === "maxAffectedRows") terms.maxAffectedRows = count(name, text, 0, maxRowsCeiling);
    else if (name === "timeout") {
      const value = duration(name, text, maxTimeoutMs / 1000);
      terms.timeoutMs = value === undefined ? undefined : value * 1000;
    } else if (name === "say") terms.say = words(name, text);
    else if (name === "hint") terms.hint = words(name, text);
    else problems.push(`@${name} is not known here.`);
  }
  return { id, terms, problems };
}
