import { z } from "zod";

const key = "sluice.policy-draft";

/** A text that is not in force, and the version that it was begun on. Stays in this tab until it is put in force. */
const Draft = z.object({ base: z.int(), text: z.string() });
export type Draft = z.infer<typeof Draft>;

export function keptDraft(): Draft | undefined {
  const kept = window.sessionStorage.getItem(key);
  if (kept === null) return undefined;
  try {
    return Draft.safeParse(JSON.parse(kept)).data;
  } catch {
    return undefined;
  }
}

export function keepDraft(draft: Draft | undefined): void {
  if (draft === undefined) window.sessionStorage.removeItem(key);
  else window.sessionStorage.setItem(key, JSON.stringify(draft));
}
