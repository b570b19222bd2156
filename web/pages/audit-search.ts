import type { RecordingSearch } from "../api/recordings.ts";

/** A search as it stands in the address: days as `2026-11-01`, in local time. */
export type AuditSearch = {
  q?: string | undefined;
  actor?: string | undefined;
  target?: string | undefined;
  verdict?: Verdict | undefined;
  since?: string | undefined;
  until?: string | undefined;
};
export type ChipField = Exclude<keyof AuditSearch, "q">;

export const searchVerdicts = ["allowed", "held", "blocked"] as const;
type Verdict = (typeof searchVerdicts)[number];
const effects = { allowed: "allow", held: "review", blocked: "block" } as const;

export const chipFields: readonly { field: ChipField; word: string; example: string }[] = [
  { field: "target", word: "Target", example: "target:shop" },
  { field: "actor", word: "Actor", example: 'actor:"Mara Lindqvist"' },
  { field: "verdict", word: "Verdict", example: "verdict:held" },
  { field: "since", word: "Since a day", example: "since:2026-11-01" },
  { field: "until", word: "Until a day", example: "until:today" },
];

const token = /(\w+):("([^"]*)"|\S+)(?=\s|$)/gu;

/**
 * Takes complete `field:value` words out of what was typed. What names no field, or has no value that the field
 * takes, stays text. @param today local day, `2026-11-01`.
 */
export function takeChips(text: string, today: string): { chips: AuditSearch; rest: string } {
  const chips: AuditSearch = {};
  const rest = text.replace(token, (whole, name: string, raw: string, quoted: string | undefined) => {
    const value = (quoted ?? raw).trim();
    const chip = read(name.toLowerCase(), value, today);
    if (chip === undefined) return whole;
    Object.assign(chips, chip);
    return "";
  });
  return { chips, rest: rest.replace(/\s+/gu, " ").trimStart() };
}

function read(name: string, value: string, today: string): AuditSearch | undefined {
  if (value === "") return undefined;
  switch (name) {
    case "target":
      return { target: value };
    case "actor":
      return { actor: value };
    case "verdict": {
      const verdict = searchVerdicts.find((known) => known === value.toLowerCase());
      return verdict && { verdict };
    }
    case "since":
    case "from":
      return day(value, today, (since) => ({ since }));
    case "until":
    case "to":
      return day(value, today, (until) => ({ until }));
    default:
      return undefined;
  }
}

function day(value: string, today: string, as: (day: string) => AuditSearch): AuditSearch | undefined {
  if (value === "today") return as(today);
  if (value === "yesterday") return as(shiftDay(today, -1));
  return isDay(value) ? as(value) : undefined;
}

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) && localDay(startOf(text)) === text;
}

/** A moment's day, local. */
export function localDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const startOf = (text: string): Date => new Date(`${text}T00:00:00`);

function shiftDay(text: string, days: number): string {
  const date = startOf(text);
  date.setDate(date.getDate() + days);
  return localDay(date);
}

/** The search as the gateway takes it: whole local days as moments in UTC. */
export function toRequest({ q, actor, target, verdict, since, until }: AuditSearch): RecordingSearch {
  return {
    q: q?.trim(),
    actor,
    target,
    verdict: verdict && effects[verdict],
    from: since && startOf(since).toISOString(),
    to: until && startOf(shiftDay(until, 1)).toISOString(),
  };
}

export type Marked = { text: string; hit: boolean };

/** So much of a text is kept before its first hit, in characters: a narrow list shows both. */
const leadCharacters = 16;

/**
 * One line of a text, begun shortly before the first word that fits the query, so that a list which cuts its end
 * still shows why the text was found. `…` stands for what was left out.
 */
export function aroundHit(text: string, q: string | undefined): string {
  const line = text.replace(/\s+/gu, " ").trim();
  const [before, hit] = markWords(line, q);
  if (before === undefined || before.hit || hit === undefined || before.text.length <= leadCharacters)
    return line;
  const from = before.text.length - leadCharacters;
  // From the next word on, where one begins within the lead.
  const space = before.text.indexOf(" ", from);
  return `…${line.slice(space === -1 ? from : space)}`;
}

/** A text cut where words of the query begin one of its words, as the gateway's search matches them. */
export function markWords(text: string, q: string | undefined): Marked[] {
  const wanted = [...(q ?? "").toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word);
  if (wanted.length === 0) return [{ text, hit: false }];
  const parts: Marked[] = [];
  let at = 0;
  for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const lower = match[0].toLowerCase();
    if (!wanted.some((word) => lower.startsWith(word))) continue;
    if (match.index > at) parts.push({ text: text.slice(at, match.index), hit: false });
    parts.push({ text: match[0], hit: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hit: false });
  return parts;
}
