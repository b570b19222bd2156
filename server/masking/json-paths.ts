import type { MaskRule, ValueRule } from "../../shared/nouns/catalog.ts";

/** What is hidden below a place of a document. */
export type Place = { rule?: ValueRule; keys: Map<string, Place>; elements?: Place };
/** A step into a document: a member by its key, an element by its number. */
export type Step = string | number;

type Paths = Readonly<Record<string, ValueRule>>;
const newPlace = (): Place => ({ keys: new Map() });

/** `phones[*].number` -> the member `phones`, of each of its elements the member `number`. */
export function placesOf(paths: Paths): Place {
  const root = newPlace();
  for (const [path, rule] of Object.entries(paths)) {
    let place = root;
    for (const [step] of path.matchAll(/\[\*\]|[^.[\]]+/g)) {
      const known = step === "[*]" ? place.elements : place.keys.get(step);
      const next = known ?? newPlace();
      if (step === "[*]") place.elements = next;
      else place.keys.set(step, next);
      place = next;
    }
    place.rule = rule;
  }
  return root;
}

/** The paths below a place, as they are written. */
function* pathsBelow(place: Place, above = ""): Generator<[string, ValueRule]> {
  if (place.rule !== undefined) yield [above, place.rule];
  for (const [key, below] of place.keys) yield* pathsBelow(below, above === "" ? key : `${above}.${key}`);
  if (place.elements !== undefined) yield* pathsBelow(place.elements, `${above}[*]`);
}

const redact: MaskRule = { kind: "redact" };

/**
 * How a value is hidden that was taken out of a masked document: undefined where no path names it or a part of it,
 * paths of its own where they name parts. A value that they name is redacted whole, for taken out it does not show
 * whether it has the shape that its rule is made for; so is what lies where the paths expect another shape.
 */
export function ruleAt(paths: Paths, steps: readonly Step[]): MaskRule | undefined {
  let place = placesOf(paths);
  for (const step of steps) {
    if (place.rule !== undefined) return redact;
    const member = typeof step === "string" ? place.keys.get(step) : undefined;
    // In a path `{phones,0}` a number is a key or an element's place, as the document has it.
    const element = isNumber(step) ? place.elements : undefined;
    if (member !== undefined && element !== undefined) return redact;
    const next = member ?? element;
    if (next === undefined) return place.keys.size > 0 && !isNumber(step) ? undefined : redact;
    place = next;
  }
  return place.rule === undefined ? { kind: "json", paths: Object.fromEntries(pathsBelow(place)) } : redact;
}

const isNumber = (step: Step): boolean => /^-?\d+$/.test(String(step));
