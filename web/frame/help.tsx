import { Modal, Switch } from "@mantine/core";
import { useState, useSyncExternalStore } from "react";
import { KeyHint } from "../ui/key-hint.tsx";
import { lettersAreOff, setLettersOff } from "./keys.ts";

let opened = false;
const listeners = new Set<() => void>();
const set = (next: boolean) => {
  opened = next;
  for (const listener of listeners) listener();
};
export const openHelp = (): void => set(true);

const keys: readonly (readonly [what: string, keys: readonly string[]])[] = [
  ["Search or do anything", ["Ctrl", "K"]],
  ["Run the statement at the cursor", ["Ctrl", "↵"]],
  ["Run all statements", ["Ctrl", "Shift", "↵"]],
  ["Cancel what runs", ["Esc"]],
  ["Why this verdict", ["Alt", "D"]],
  ["Tab 1 to 9", ["Alt", "1–9"]],
  ["Next region, back", ["F6"]],
  ["Go to a place: work, targets, reviews, audit…", ["G", "W"]],
  ["Filter the list", ["/"]],
  ["Leave the editor with Tab", ["Ctrl", "M"]],
  ["This help", ["?"]],
];

/** `?`: the keys, and the switch for single letters. */
export function Help() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => opened,
  );
  const [off, setOff] = useState(lettersAreOff);
  return (
    <Modal opened={shown} onClose={() => set(false)} title="Keys" size={440}>
      <ul className="col g8">
        {keys.map(([what, pressed]) => (
          <li className="row f12" key={what}>
            <span className="sp">{what}</span>
            <KeyHint keys={pressed} />
          </li>
        ))}
      </ul>
      <Switch
        mt={16}
        label="Single letters act outside fields"
        checked={!off}
        onChange={(event) => {
          setLettersOff(!event.currentTarget.checked);
          setOff(!event.currentTarget.checked);
        }}
      />
    </Modal>
  );
}
