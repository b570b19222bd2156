export type PolicyGroup = "block" | "review" | "allow" | "unmask";

/** One policy of a text: where it stands and what it does. Lines count from 1. */
export type OutlinedPolicy = { id: string; group: PolicyGroup; line: number; endLine: number };

const scanner =
  /\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|@([A-Za-z_]\w*)\s*\(\s*("(?:[^"\\\n]|\\.)*")\s*\)|\b(permit|forbid)\b|;/gu;
const unmaskAction = /Action::"unmask"/u;

/**
 * The policies of a text, well enough to list and to find them while it is being written. What it says decides
 * nothing: the gateway parses with the real grammar.
 */
export function outline(text: string): OutlinedPolicy[] {
  const found: OutlinedPolicy[] = [];
  let annotations = new Map<string, string>();
  let start: number | undefined;
  let effect: { word: string; from: number } | undefined;
  for (const match of text.matchAll(scanner)) {
    const [whole, annotation, value, word] = match;
    if (annotation !== undefined && value !== undefined && effect === undefined) {
      start ??= match.index;
      annotations.set(annotation, unquoted(value));
    } else if (word !== undefined && effect === undefined) {
      start ??= match.index;
      effect = { word, from: match.index };
    } else if (whole === ";" && effect !== undefined && start !== undefined) {
      const body = text.slice(effect.from, match.index);
      found.push({
        id: annotations.get("id") ?? "(no id)",
        group: groupOf(effect.word, annotations, body),
        line: lineAt(text, start),
        endLine: lineAt(text, match.index),
      });
      annotations = new Map();
      start = undefined;
      effect = undefined;
    }
  }
  return found;
}

function groupOf(word: string, annotations: ReadonlyMap<string, string>, body: string): PolicyGroup {
  if (word === "forbid") return "block";
  if (unmaskAction.test(body)) return "unmask";
  return annotations.has("review") ? "review" : "allow";
}

const unquoted = (value: string) => value.slice(1, -1).replaceAll('\\"', '"');

function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Groups of people that a text speaks of, by name. */
export function groupsIn(text: string): string[] {
  const names = [...text.matchAll(/Group::"([^"\\\n]+)"/gu)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].toSorted();
}
