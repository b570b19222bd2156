/** Entries without a body, which a later one must account for. */
export type Bodiless = {
  /** `seq` grows from one to the next. */
  add(seq: number): void;
  /** How many of them, from and to, were not accounted for yet; now they are. */
  account(from: number, to: number): number;
  /** The first that nothing has accounted for. */
  first(): number | undefined;
};

/**
 * Each entry is taken out once and passed over from then on, so that ranges that lie over one another, or over nothing,
 * cost no more than they are long in the file: whoever wrote it may mean to keep its reader busy.
 */
export function createBodiless(): Bodiless {
  const seqs: number[] = [];
  /** Where the first one at or behind an index stands that is still there; itself, or a step towards it. */
  const ahead: number[] = [];

  const openAt = (index: number): number => {
    let open = index;
    for (let next = ahead[open]; next !== undefined && next !== open; next = ahead[open]) open = next;
    for (let at = index; at < open;) {
      const next = ahead[at] ?? open;
      ahead[at] = open;
      at = next;
    }
    return open;
  };
  /** The first index whose entry is not before `seq`. */
  const indexOf = (seq: number): number => {
    let low = 0;
    for (let high = seqs.length; low < high;) {
      const middle = (low + high) >>> 1;
      if ((seqs[middle] ?? Infinity) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add(seq) {
      ahead.push(seqs.length);
      seqs.push(seq);
    },
    account(from, to) {
      let count = 0;
      for (let at = openAt(indexOf(from)); (seqs[at] ?? Infinity) <= to; at = openAt(at + 1)) {
        ahead[at] = at + 1;
        count += 1;
      }
      return count;
    },
    first: () => seqs[openAt(0)],
  };
}
