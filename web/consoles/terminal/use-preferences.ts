import { useState } from "react";
import { useMe } from "../../api/portal.tsx";
import { fontSizeAfter, loadPreferences, savePreferences, type Preferences } from "./preferences.ts";

export type OwnPreferences = Preferences & {
  change(change: Partial<Preferences>): void;
  stepFont(step: 1 | -1): void;
};

/** How the person who is signed in likes their terminals; kept in this browser. */
export function usePreferences(): OwnPreferences {
  const { id } = useMe();
  const [preferences, setPreferences] = useState(() => loadPreferences(id));
  const change = (part: Partial<Preferences>) => {
    const next = { ...preferences, ...part };
    savePreferences(id, next);
    setPreferences(next);
  };
  const stepFont = (step: 1 | -1) => change({ fontSize: fontSizeAfter(preferences.fontSize, step) });
  return { ...preferences, change, stepFont };
}
