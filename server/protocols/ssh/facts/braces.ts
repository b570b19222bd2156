/** Words that one brace expansion may give before it counts as unknown. */
const maxWords = 128;

/**
 * The words of a brace expansion, `{a,b{c,d}}` or `{1..3}`, as bash makes them. Undefined for too many, and where
 * quotes or expansions stand in it.
 */
export function expandBraces(text: string): string[] | undefined {
  if (/["'\\$`]/.test(text)) return undefined;
  const found = expand(text);
  return found.length > maxWords ? undefined : found;
}

function expand(text: string): string[] {
  const group = firstGroup(text);
  if (group === undefined) return [text];
  const [before, alternatives, after] = group;
  const rest = expand(after).slice(0, maxWords + 1);
  const found: string[] = [];
  for (const middle of alternatives.flatMap((each) => (each.done ? [each.text] : expand(each.text))))
    for (const end of rest) {
      found.push(before + middle + end);
      if (found.length > maxWords) return found;
    }
  return found;
}

type Alternative = { text: string; done: boolean };

/** The first group that is one: with a comma at its own level, or a sequence. */
function firstGroup(text: string): [string, Alternative[], string] | undefined {
  for (let start = text.indexOf("{"); start >= 0; start = text.indexOf("{", start + 1)) {
    let depth = 0;
    const cuts = [start];
    for (let at = start; at < text.length; at += 1) {
      if (text[at] === "{") depth += 1;
      if (text[at] === "," && depth === 1) cuts.push(at);
      if (text[at] !== "}" || --depth > 0) continue;
      const [before, after] = [text.slice(0, start), text.slice(at + 1)];
      const pieces = [...cuts, at].slice(1).map((cut, index) => text.slice((cuts[index] ?? start) + 1, cut));
      if (pieces.length > 1) return [before, pieces.map((each) => ({ text: each, done: false })), after];
      const sequence = sequenceOf(pieces[0] ?? "");
      if (sequence !== undefined)
        return [before, sequence.map((each) => ({ text: each, done: true })), after];
      break;
    }
  }
  return undefined;
}

function sequenceOf(text: string): string[] | undefined {
  const [, from = "", to = "", by = "1"] =
    /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(text) ?? [];
  if (from === "" || /\d/.test(from) !== /\d/.test(to)) return undefined;
  const letters = !/\d/.test(from);
  const [first, last] = letters ? [from.charCodeAt(0), to.charCodeAt(0)] : [Number(from), Number(to)];
  const step = Math.max(1, Math.abs(Number(by)));
  const count = Math.min(maxWords + 1, Math.floor(Math.abs(last - first) / step) + 1);
  return Array.from({ length: count }, (_, index) => {
    const value = first + Math.sign(last - first) * step * index;
    return letters ? String.fromCharCode(value) : String(value);
  });
}
