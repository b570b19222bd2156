import { hash as digest } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { Entry, EntryKind } from "../../shared/nouns/entry.ts";
import { firstHash } from "../../shared/recording/format.ts";
import { isWeighty } from "./weighty.ts";

/** Where a chain stands: its last entry's number and hash. */
export type Head = { seq: number; hash: string };

export const emptyHead: Head = { seq: 0, hash: firstHash };

/** What is to become an entry. The body holds no row values and no secrets. */
export type Draft = Pick<Entry, "actor" | "session" | "command"> & {
  kind: EntryKind;
  body: NonNullable<Entry["body"]>;
};

/** A draft whose body was printed once, so that chaining it again after a lost race costs one hash. */
export type PrintedDraft = Omit<Draft, "body"> & {
  at: string;
  bodyText: string;
  bodyHash: string;
  signAtOnce: boolean;
};

/** A line of the ledger as the store keeps it. */
export type LedgerRow = PrintedDraft & { seq: number; previous: string; hash: string };

export function printDraft(draft: Draft, at: string): PrintedDraft {
  const { body, ...rest } = draft;
  const bodyText = canonicalJson(body);
  return { ...rest, at, bodyText, bodyHash: bodyHashOf(bodyText), signAtOnce: isWeighty(draft) };
}

const quoted = (value: string | null) => (value === null ? "null" : JSON.stringify(value));

/** What an entry's hash covers besides the one before. */
export type Hashed = Omit<PrintedDraft, "bodyText" | "signAtOnce" | "kind"> & { kind: string };

/** The canonical JSON that an entry's hash covers, put together by hand: it is printed for each entry. */
function hashedText(seq: number, draft: Hashed): string {
  return (
    `{"actor":${quoted(draft.actor)},"at":${quoted(draft.at)},"bodyHash":${quoted(draft.bodyHash)},` +
    `"command":${quoted(draft.command)},"kind":${quoted(draft.kind)},"seq":${seq},"session":${quoted(draft.session)}}`
  );
}

/** The hash of the entry that stands behind `previous`. */
export const entryHash = (previous: string, seq: number, draft: Hashed): string =>
  digest("sha256", previous + hashedText(seq, draft));

/** SHA-256 of a body's print. */
export const bodyHashOf = (bodyText: string): string => digest("sha256", bodyText);

/** Puts drafts behind a head, in order. */
export function chain(head: Head, drafts: readonly PrintedDraft[]): LedgerRow[] {
  let { seq, hash } = head;
  return drafts.map((draft) => {
    const previous = hash;
    seq += 1;
    hash = entryHash(previous, seq, draft);
    return { ...draft, seq, previous, hash };
  });
}
