import type { Detector } from "./detectors/detector.ts";
import { detectors } from "./detectors/patterns.ts";
import type { NamedKind } from "./discovery-kinds.ts";

/** Values that are one (`whole`) and that hold one (`within`), of those that are not null. */
export type Tally = { whole: number; within: number; shape: string | undefined };

const checked: readonly NamedKind[] = ["email", "card", "iban", "phone", "national-id", "credential"];
const byKind = new Map<NamedKind, Detector>(
  detectors.flatMap((detector) =>
    checked.filter((kind) => kind === detector.name).map((kind) => [kind, detector] as const),
  ),
);
/** Kinds that a value shows by itself, by a checksum or an unmistakable form. */
export const shownByValue = [...byKind.keys()];

/** How much of a value a detector covers. */
export function covers(kind: NamedKind, value: string): "whole" | "within" | undefined {
  const detector = byKind.get(kind);
  const text = value.trim();
  if (detector === undefined || !detector.mayHold(text)) return undefined;
  const [first] = detector.find(text);
  if (first === undefined) return undefined;
  return first.start === 0 && first.end === text.length ? "whole" : "within";
}

/**
 * Forms that prove nothing, and that agree or disagree with a name: a birth date is a day of the last 120 years, a
 * phone number may lack its country.
 */
export const plausible: Partial<Record<NamedKind, (value: string, today: string) => boolean>> = {
  phone: (value) => /^[+(]?\d[\d ()./-]{4,20}\d$/.test(value.trim()) && /^(?:\D*\d){7,15}\D*$/.test(value),
  "national-id": (value) =>
    /^[A-Z]{0,3}(?:[ ./-]?[A-Z0-9]){5,20}$/i.test(value) && /(?:\d\D*){5}/.test(value),
  "birth-date": (value, today) => {
    const [, day] = /^(\d{4}-\d\d-\d\d)(?:$|[ T])/.exec(value) ?? [];
    if (day === undefined) return false;
    const age = Number(today.slice(0, 4)) - Number(day.slice(0, 4));
    return day <= today && age <= 120;
  },
  salary: (value) => /^\d{1,9}(?:\.\d+)?$/.test(value) && Number(value) > 0,
  "person-name": (value) =>
    /^\p{Lu}[\p{L}\p{M}'’.-]*(?: (?:\p{Lu}[\p{L}\p{M}'’.-]*|van|von|de|der|da|di|la|le|bin|al)){0,4}$/u.test(
      value,
    ),
  address: (value) => /\p{L}{2}.*\d|\d.*\p{L}{2}|^\d{4,6}$/u.test(value),
  credential: (value) => /^[\w+/=.$:{}-]{16,512}$/.test(value),
};

/** Fewest values that must share a shape before it is told: it stands for many, and for nobody. */
const fewestOfShape = 20;
const longestShape = 16;

/** How many values are of a kind, and what most of these look like. */
export function tally(
  values: readonly string[],
  judge: (value: string) => "whole" | "within" | undefined,
): Tally {
  const shapes = new Map<string, number>();
  const found: Tally = { whole: 0, within: 0, shape: undefined };
  for (const value of values) {
    const covered = judge(value);
    if (covered === "within") found.within++;
    if (covered !== "whole") continue;
    found.whole++;
    const shape = shapeOf(value);
    shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
  }
  const [most] = [...shapes].sort((a, b) => b[1] - a[1]);
  if (most === undefined || most[1] < fewestOfShape) return found;
  const [shape] = most;
  if (shape.length <= longestShape && /[^a9]/.test(shape)) found.shape = shape;
  return found;
}

/** Runs of letters become `a` and runs of digits `9`, whatever their length; signs of ASCII stay. */
const shapeOf = (value: string): string =>
  value
    .trim()
    .replace(/[\p{L}\p{M}]+/gu, "a")
    .replace(/\d+/g, "9")
    .replace(/[^\x20-\x7e]/g, "?");

/**
 * The share of which one can be sure at 95 %, one-sided, having seen `matched` out of `present`: Wilson's lower bound.
 */
export function sureShare(matched: number, present: number): number {
  if (present === 0) return 0;
  const z = 1.645;
  const share = matched / present;
  const middle = share + (z * z) / (2 * present);
  const spread = z * Math.sqrt((share * (1 - share)) / present + (z * z) / (4 * present * present));
  return Math.max(0, (middle - spread) / (1 + (z * z) / present));
}
