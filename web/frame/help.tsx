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

const keys: readonly (readonly [where: string, keys: readonly (readonly [string, readonly string[]])[]])[] = [
  [
    "Everywhere",
    [
      ["Search or do anything", ["Ctrl", "K"]],
      ["Next region; with Shift the one before", ["F6"]],
      ["Go to a place: work, targets, reviews, audit…", ["G", "W"]],
      ["Filter the list, search", ["/"]],
      ["This help", ["?"]],
    ],
  ],
  [
    "Work",
    [
      ["Run the statement at the cursor", ["Ctrl", "↵"]],
      ["Run all statements", ["Ctrl", "Shift", "↵"]],
      ["Cancel what runs", ["Esc"]],
      ["Why this verdict", ["Alt", "D"]],
      ["Tab 1 to 9", ["Alt", "1–9"]],
      ["Leave the editor with Tab", ["Ctrl", "M"]],
      ["Whole value of a cell", ["↵"]],
      ["Copy the cells", ["Ctrl", "C"]],
    ],
  ],
  [
    "Reviews",
    [
      ["Next, previous", ["J", "K"]],
      ["Approve, reject; then Enter confirms", ["A", "X"]],
    ],
  ],
  [
    "Replay",
    [
      ["Play, pause", ["Space"]],
      ["Event before, after", ["↑", "↓"]],
      ["Next hold, next refusal", ["H", "B"]],
    ],
  ],
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
      <div className="col g16">
        {keys.map(([where, list]) => (
          <div key={where}>
            <h3 className="lab">{where}</h3>
            <ul className="col g8">
              {list.map(([what, pressed]) => (
                <li className="row f12" key={what}>
                  <span className="sp">{what}</span>
                  <KeyHint keys={pressed} />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
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
