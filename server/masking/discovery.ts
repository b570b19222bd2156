import type { Evidence, PersonalKind, Proposal } from "../../shared/nouns/discovery.ts";
import { documentsSay, readDocuments } from "./discovery-json.ts";
import {
  familyOf,
  isNamedAfterPeople,
  kinds,
  kindsByName,
  type Family,
  type NamedKind,
} from "./discovery-kinds.ts";
import { covers, plausible, shownByValue, sureShare, tally } from "./discovery-values.ts";

/** A column with the values that were looked at, in PostgreSQL's text form. */
export type SampledColumn = {
  name: string;
  type: string;
  typeOid: number;
  values: readonly (string | null)[];
};
/** `name`: `schema.relation`. */
export type SampledRelation = { name: string; columns: readonly SampledColumn[] };

/** What is less sure than this is not proposed. */
const leastConfidence = 0.25;
/** A column of which at least this share is one holds them; less of it may be chance, or text around one. */
const leastShare = 0.5;
/** Kinds that are found inside a text, and never by chance. */
const inText: readonly NamedKind[] = ["email", "iban", "phone", "credential"];
const fewestInText = 3;
const leastShareInText = 0.01;
/** Nothing is so sure that nobody should look at it. */
const most = 0.99;
const anyPersonal: readonly string[] = ["personal", "personal-data", "pii", "profile"];

/** Whether there can be anything to find in a column: what need not be read is not. */
export function isWorthSampling({ name, type, typeOid }: Omit<SampledColumn, "values">): boolean {
  const family = familyOf({ typeOid, type });
  if (family === undefined) return false;
  // A moment or an identifier is nobody's by itself.
  return (family !== "timestamp" && family !== "uuid") || kindsByName(name, family).length > 0;
}

/**
 * Classes for columns that have none: by the column's name and type, by checksums and unmistakable forms of its
 * values, and by keys and values of JSON. Evidence carries counts and shapes, never a value. `defined`: the classes
 * that there are; `today`: RFC 3339. Pure.
 */
export function propose(
  relations: readonly SampledRelation[],
  { defined, today }: { defined: ReadonlySet<string>; today: string },
): Proposal[] {
  return relations
    .flatMap((relation) => {
      const found = relation.columns.flatMap((column) => {
        const best = findings(column, today).sort((a, b) => b.confidence - a.confidence)[0];
        return best === undefined ? [] : [{ column, ...best }];
      });
      const ofPeople =
        isNamedAfterPeople(relation.name.slice(relation.name.lastIndexOf(".") + 1)) ||
        found.some(({ kind, confidence }) => aboutSomebody.includes(kind) && confidence > leastShare);
      const names = relation.columns
        .filter(({ name }) => ofPeople && name.toLowerCase() === "name")
        .flatMap((column) => {
          const finding = judged(column, "person-name", false, today);
          return finding === undefined ? [] : [{ column, ...finding }];
        });
      return [...found, ...names].map(({ column, kind, confidence, evidence }) => ({
        relation: relation.name,
        column: column.name,
        type: column.type,
        kind,
        ...classFor(kind, defined),
        confidence: Math.round(Math.min(most, confidence) * 100) / 100,
        evidence,
      }));
    })
    .filter(({ confidence }) => confidence >= leastConfidence)
    .sort((a, b) => b.confidence - a.confidence);
}

/** Columns beside which one that is called `name` is somebody's. */
const aboutSomebody: readonly PersonalKind[] = ["email", "phone", "birth-date", "national-id"];

type Finding = { kind: PersonalKind; confidence: number; evidence: Evidence };

function classFor(kind: PersonalKind, defined: ReadonlySet<string>): { class: string; defined: boolean } {
  const classes = kind === "text" || kind === "json" ? anyPersonal : kinds[kind].classes;
  const name = classes.find((each) => defined.has(each));
  return { class: name ?? classes[0] ?? "personal", defined: name !== undefined };
}

function findings(column: SampledColumn, today: string): Finding[] {
  const family = familyOf(column);
  if (family === undefined) return [];
  if (family === "json") return list(inDocuments(column));
  const named = kindsByName(column.name, family);
  const byName = named.flatMap((kind) => list(judged(column, kind, true, today)));
  const byValue = shownByValue
    .filter((kind) => !named.includes(kind) && kinds[kind].in.includes(family))
    .flatMap((kind) => list(judged(column, kind, false, today)));
  return [...byName, ...byValue, ...(family === "text" ? list(inTexts(column)) : [])];
}
const list = <T>(one: T | undefined): T[] => (one === undefined ? [] : [one]);

/** How sure a column is of a kind, by its name and by its values; undefined where the values say otherwise. */
function judged(column: SampledColumn, kind: NamedKind, byName: boolean, today: string): Finding | undefined {
  const { values, sampled } = presentOf(column);
  const looks = plausible[kind];
  const certain = tally(values, (value) => covers(kind, value));
  const likely = tally(values, (value) => (looks?.(value, today) === true ? "whole" : undefined));
  const byForm = certain.whole < leastShare * values.length && (byName || kind === "person-name");
  const { whole, shape } = byForm && likely.whole > certain.whole ? likely : certain;
  if (values.length > 0 && whole < leastShare * values.length) return undefined;
  if (values.length === 0 && !byName) return undefined;
  const share = sureShare(whole, values.length);
  const ofName = kinds[kind].byName;
  // A plausible form adds to what the name says; a checksum speaks for itself.
  const ofValues = byForm
    ? share * (kind === "birth-date" ? 0.8 : kind === "person-name" ? 0.2 : 0.5)
    : share;
  const counts = `${whole} of ${values.length} values ${byForm && kind !== "person-name" ? "could be" : "are"} ${kinds[kind].plural}`;
  const nameSays = byName || kind === "person-name" ? "the name says so" : "";
  return {
    kind,
    confidence: 1 - (1 - ofValues) * (1 - (nameSays === "" ? 0 : ofName)),
    evidence: {
      sampled,
      present: values.length,
      matched: whole,
      byName: nameSays !== "",
      ...(shape !== undefined && shownByValue.includes(kind) ? { shape } : {}),
      says: sentence(values.length === 0 ? "There were no values to look at" : counts, nameSays),
    },
  };
}

const sentence = (first: string, second: string): string => `${[first, second].filter(Boolean).join("; ")}.`;

/** Texts that people write, with somebody's e-mail address or the like in some. */
function inTexts(column: SampledColumn): Finding | undefined {
  const { values, sampled } = presentOf(column);
  const found = inText
    .map((kind) => ({ kind, matched: tally(values, (value) => covers(kind, value)) }))
    .map(({ kind, matched }) => ({ kind, matched: matched.whole + matched.within }))
    .sort((a, b) => b.matched - a.matched)[0];
  if (found === undefined || found.matched < fewestInText) return undefined;
  if (found.matched < leastShareInText * values.length) return undefined;
  return {
    kind: "text",
    confidence: 0.3 + 0.5 * sureShare(found.matched, values.length),
    evidence: {
      sampled,
      present: values.length,
      matched: found.matched,
      byName: false,
      says: `${found.matched} of ${values.length} values hold ${kinds[found.kind].plural} inside a text.`,
    },
  };
}

function inDocuments(column: SampledColumn): Finding | undefined {
  const { values, sampled } = presentOf(column);
  const documents = readDocuments(values);
  const byValue = Math.max(0, ...documents.byValue.values());
  const keys = [...documents.byName.values()].filter((count) => count >= 0.05 * documents.read);
  if (documents.read === 0 || (byValue < fewestInText && keys.length === 0)) return undefined;
  const ofKeys = 1 - 0.6 ** keys.length;
  return {
    kind: "json",
    confidence: 1 - (1 - 0.9 * sureShare(byValue, documents.read)) * (1 - 0.8 * ofKeys),
    evidence: {
      sampled,
      present: values.length,
      matched: Math.max(byValue, ...keys),
      byName: keys.length > 0,
      says: `Of ${documents.read} documents: ${documentsSay(documents)}.`,
    },
  };
}

function presentOf(column: SampledColumn): { values: string[]; sampled: number } {
  const present = column.values.filter((value) => value !== null && value !== "") as string[];
  const isList = familyOf(column) === ("texts" satisfies Family);
  return {
    sampled: column.values.length,
    values: isList ? present.flatMap(elementsOf) : present,
  };
}

/** Elements of an array's text form, quotes aside: enough to look at, not to read back. */
const elementsOf = (text: string): string[] =>
  text
    .slice(1, -1)
    .split(",")
    .map((element) => element.replace(/^"|"$/g, ""))
    .filter((element) => element !== "" && element !== "NULL");
