import { z } from "zod";

/** How a person likes their terminals, in this browser. */
const Preferences = z.object({
  /** In pixels. */
  fontSize: z.int().min(10).max(24).catch(13),
  /** Keeps a copy of the screen as text that a screen reader walks through; costs speed. */
  screenReader: z.boolean().catch(false),
});
export type Preferences = z.infer<typeof Preferences>;

export const fontSizes = [11, 12, 13, 14, 16, 18, 20] as const;

const keyOf = (person: string) => `sluice.terminal.${person}`;

export function loadPreferences(person: string): Preferences {
  try {
    return Preferences.parse(JSON.parse(window.localStorage.getItem(keyOf(person)) ?? "{}"));
  } catch {
    // Whatever stands there is nothing that this page wrote.
    return Preferences.parse({});
  }
}

export function savePreferences(person: string, preferences: Preferences): void {
  window.localStorage.setItem(keyOf(person), JSON.stringify(preferences));
}

/** The next size up or down; the same at the end of the list. */
export function fontSizeAfter(current: number, step: 1 | -1): number {
  const next =
    step > 0 ? fontSizes.find((size) => size > current) : fontSizes.findLast((size) => size < current);
  return next ?? current;
}
