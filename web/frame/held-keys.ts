/** Whatever of typing could reach what has the focus still. */
const ways = ["keydown", "keypress", "keyup", "beforeinput", "input", "paste", "compositionstart"] as const;

/** Keys that write a character; AltGr counts as Ctrl and Alt on some boards. */
const writes = (event: KeyboardEvent): boolean =>
  [...event.key].length === 1 &&
  ((!event.ctrlKey && !event.altKey && !event.metaKey) || event.getModifierState("AltGraph"));

/**
 * Holds what is typed until a field has the focus that was opened by a key, and gives it to that: people type on at
 * once, and what has the focus meanwhile may be a terminal, which sends each key to its host. Only text is held; other
 * keys are dropped, but for Escape, which leaves. `field`: the id of an input. Ends by itself, or by the returned
 * function.
 */
export function holdKeys({ field, leave }: { field: string; leave: () => void }): () => void {
  let held = "";
  let left = false;
  const until = new AbortController();
  const take = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(event instanceof KeyboardEvent) || event.type !== "keydown") return;
    if (event.key === "Escape") left = true;
    else if (event.key === "Backspace") held = [...held].slice(0, -1).join("");
    else if (writes(event)) held += event.key;
  };
  const options = { capture: true, signal: until.signal };
  for (const way of ways) window.addEventListener(way, take, options);
  window.addEventListener(
    "focusin",
    ({ target }) => {
      if (!(target instanceof HTMLInputElement) || target.id !== field) return;
      until.abort();
      // Not before: what closes while it opens does not give the focus back.
      if (left) leave();
      else if (held !== "") type(held, target);
    },
    options,
  );
  return () => until.abort();
}

/** As if it were typed there now: all that follows from typing follows from it. */
function type(text: string, field: HTMLInputElement): void {
  field.setRangeText(text, field.value.length, field.value.length, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}
