import { hash as digest } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { Entry, EntryKind } from "../../shared/nouns/entry.ts";
import { firstHash } from "../../shared/recording/format.ts";

/** Where a chain stands: its last entry's number and hash. */
export type Head = { seq: number; hash: string };

export const emptyHead: Head = { seq: 0, hash: firstHash };

/** What is to become an entry. The body holds no row values and no secrets. */
export type Draft = Pick<Entry, "actor" | "session" | "command" | "body"> & { kind: EntryKind };

/** A draft whose body was printed once, so that chaining it again after a lost race costs one hash. */
export type PrintedDraft = Omit<Draft, "body"> & { at: string; bodyText: string };

/** A line of the ledger as the store keeps it. */
export type LedgerRow = PrintedDraft & { seq: number; previous: string; hash: string };

export function printDraft(draft: Draft, at: string): PrintedDraft {
  const { body, ...rest } = draft;
  return { ...rest, at, bodyText: canonicalJson(body) };
}

const quoted = (value: string | null) => (value === null ? "null" : JSON.stringify(value));

/** The canonical JSON that an entry's hash covers, put together around the printed body. */
function hashedText(seq: number, draft: PrintedDraft): string {
  return (
    `{"actor":${quoted(draft.actor)},"at":${quoted(draft.at)},"body":${draft.bodyText},` +
    `"command":${quoted(draft.command)},"kind":${quoted(draft.kind)},"seq":${seq},"session":${quoted(draft.session)}}`
  );
}

/** Puts drafts behind a head, in order. */
export function chain(head: Head, drafts: readonly PrintedDraft[]): LedgerRow[] {
  let { seq, hash } = head;
  return drafts.map((draft) => {
    const previous = hash;
    seq += 1;
    hash = digest("sha256", previous + hashedText(seq, draft));
    return { ...draft, seq, previous, hash };
  });
}
