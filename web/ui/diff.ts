/** Of a line, at most this much is marked as changed words. */
const maxMarkedShare = 0.75;

/** One line of a comparison. `words` says which parts differ inside a changed line. */
export type DiffLine = {
  kind: "same" | "del" | "add";
  /** Line numbers from 1; absent on the side that lacks the line. */
  left?: number;
  right?: number;
  words: { text: string; changed: boolean }[];
};

/** Above this many cells the comparison is by whole lines from both ends: bounded work for any input. */
const maxCells = 4_000_000;

/** Compares two texts line by line; lines replaced one for one are compared by words. */
export function diffLines(before: string, after: string, lineEnd = /\r\n|\n/u): DiffLine[] {
  const left = before.split(lineEnd);
  const right = after.split(lineEnd);
  const lines: DiffLine[] = [];
  let l = 0;
  let r = 0;
  for (const run of runs(left, right)) {
    if (run.same) {
      for (let i = 0; i < run.left; i++)
        lines.push({ kind: "same", left: ++l, right: ++r, words: plain(left[l - 1] ?? "") });
      continue;
    }
    const deleted = left.slice(l, l + run.left);
    const added = right.slice(r, r + run.right);
    const [marksLeft, marksRight] = diffWords(deleted.join("\n"), added.join("\n"));
    const deletedWords = splitLines(marksLeft);
    const addedWords = splitLines(marksRight);
    deleted.forEach((text, i) =>
      lines.push({ kind: "del", left: ++l, words: deletedWords[i] ?? plain(text) }),
    );
    added.forEach((text, i) => lines.push({ kind: "add", right: ++r, words: addedWords[i] ?? plain(text) }));
  }
  return lines;
}

type Words = { text: string; changed: boolean }[];
const plain = (text: string): Words => [{ text, changed: false }];

function diffWords(before: string, after: string): [Words, Words] {
  const split = (text: string) => text.match(/[\p{L}\p{N}_]+|\n|[^\S\n]+|[^\p{L}\p{N}_\s]/gu) ?? [];
  const left = split(before);
  const right = split(after);
  const marks: [Words, Words] = [[], []];
  let l = 0;
  let r = 0;
  const put = (side: 0 | 1, text: string, changed: boolean) => {
    const last = marks[side].at(-1);
    if (last !== undefined && last.changed === changed) last.text += text;
    else marks[side].push({ text, changed });
  };
  for (const run of runs(left, right)) {
    for (let i = 0; i < run.left; i++) put(0, left[l++] ?? "", !run.same);
    for (let i = 0; i < run.right; i++) put(1, right[r++] ?? "", !run.same);
  }
  return marks;
}

function splitLines(words: Words): Words[] {
  const lines: Words[] = [[]];
  for (const { text, changed } of words) {
    text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ text: part, changed });
    });
  }
  // In a line that is mostly new, marks would say nothing: its ground does.
  return lines.map((line) =>
    mostlyChanged(line) ? line.map(({ text }) => ({ text, changed: false })) : line,
  );
}

function mostlyChanged(line: Words): boolean {
  const size = (words: Words) => words.reduce((sum, { text }) => sum + text.trim().length, 0);
  return size(line.filter(({ changed }) => changed)) > size(line) * maxMarkedShare;
}

type Run = { same: boolean; left: number; right: number };

/** Longest common subsequence after both equal ends are set aside. */
function runs(left: readonly string[], right: readonly string[]): Run[] {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head++;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left.at(-1 - tail) === right.at(-1 - tail)
  )
    tail++;
  const a = left.slice(head, left.length - tail);
  const b = right.slice(head, right.length - tail);
  const middle =
    a.length * b.length > maxCells ? [{ same: false, left: a.length, right: b.length }] : subsequence(a, b);
  const all = [{ same: true, left: head, right: head }, ...middle, { same: true, left: tail, right: tail }];
  return all.filter((run) => run.left + run.right > 0);
}

function subsequence(a: readonly string[], b: readonly string[]): Run[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const found: Run[] = [];
  const add = (same: boolean, l: number, r: number) => {
    const last = found.at(-1);
    if (last !== undefined && last.same === same) {
      last.left += l;
      last.right += r;
    } else found.push({ same, left: l, right: r });
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add(true, 1, 1);
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      add(false, 1, 0);
      i++;
    } else {
      add(false, 0, 1);
      j++;
    }
  }
  return found;
}
