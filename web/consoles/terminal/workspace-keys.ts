/** What the workspace does by a key, instead of the shell. */
export type Deed =
  | "new-tab"
  | "split"
  | "find"
  | "copy"
  | "why"
  | "palette"
  | "leave"
  | "larger"
  | "smaller"
  | { tab: number };

type Key = Pick<KeyboardEvent, "altKey" | "code" | "ctrlKey" | "key" | "metaKey" | "shiftKey">;

/** By the key's place on the board, where its letter changes with Shift. */
const shifted: Readonly<Record<string, Exclude<Deed, object>>> = {
  Backquote: "new-tab",
  Digit5: "split",
  KeyF: "find",
  KeyC: "copy",
  KeyD: "why",
  KeyK: "palette",
  ArrowUp: "larger",
  ArrowDown: "smaller",
};

/** The workspace's deed; undefined for what belongs to the shell, which is nearly everything. */
export function deedOf({ altKey, code, ctrlKey, key, metaKey, shiftKey }: Key): Deed | undefined {
  if (key === "F6") return "leave";
  if ((ctrlKey || metaKey) && shiftKey && !altKey) return shifted[code];
  if (altKey && !ctrlKey && !metaKey && !shiftKey && /^[1-9]$/u.test(key)) return { tab: Number(key) };
  return undefined;
}
