import { ClassPattern, DataClass, type MaskRule } from "../../shared/nouns/catalog.ts";
import type { Classification } from "../api/administration.ts";

/** Ways to hide a value, in a word or two. */
export const maskKinds: readonly { kind: MaskRule["kind"]; word: string }[] = [
  { kind: "redact", word: "Redact" },
  { kind: "last", word: "Keep the last" },
  { kind: "first", word: "Keep the first" },
  { kind: "email-domain", word: "Keep the domain" },
  { kind: "date", word: "Cut the date" },
  { kind: "bucket", word: "Round down" },
  { kind: "token", word: "Token" },
  { kind: "digits", word: "Other digits" },
  { kind: "json", word: "Paths in JSON" },
  { kind: "null", word: "Leave out" },
];

/** A rule of a kind, with its usual measure. */
export function maskOf(kind: string | null): MaskRule {
  switch (kind) {
    case "last":
    case "first":
      return { kind, count: 4 };
    case "date":
      return { kind, to: "year" };
    case "bucket":
      return { kind, size: 1000 };
    case "digits":
      return { kind, keep: 4 };
    case "json":
      return { kind, paths: { "address.street": { kind: "redact" } } };
    case "email-domain":
    case "token":
    case "null":
      return { kind };
    default:
      return { kind: "redact" };
  }
}

/** How a value looks behind the mask. */
export function sampleOf(rule: MaskRule): string {
  switch (rule.kind) {
    case "redact":
      return "•••";
    case "null":
      return "null";
    case "last":
      return `••••${"4417882305".slice(-rule.count)}`;
    case "first":
      return `${"4417882305".slice(0, rule.count)}••••`;
    case "email-domain":
      return "•••@example.org";
    case "date":
      return rule.to === "year" ? "1984-01-01" : "1984-07-01";
    case "bucket":
      return `${rule.size * 3} of ${rule.size * 3.4}`;
    case "token":
      return "tok_7d1e0c4a";
    case "digits":
      return `829 660 ${"4417882305".slice(-(rule.keep ?? 4))}`;
    case "json":
      return Object.keys(rule.paths).join(", ");
  }
}

/** Why a classification cannot be put in force as it stands; undefined where nothing speaks against it. */
export function wrongClassification({ classes, patterns }: Classification): string | undefined {
  const names = classes.map(({ name }) => name);
  for (const one of classes)
    if (!DataClass.safeParse(one).success)
      return `“${one.name}” is no name for a class: lower case letters, digits and dashes, a letter first.`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `There are two classes called ${twice}.`;
  for (const one of patterns) {
    if (!ClassPattern.safeParse(one).success) return "A pattern names no column.";
    if (!names.includes(one.class)) return `The pattern ${one.column} proposes a class that is not there.`;
  }
  return undefined;
}
