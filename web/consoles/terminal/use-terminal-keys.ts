import {
  IconCopy,
  IconEye,
  IconLayoutColumns,
  IconPlus,
  IconSearch,
  IconShieldOff,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { useEffect, useMemo, useRef } from "react";
import { useActions, type Action } from "../../frame/actions.ts";
import { isTyping } from "../../frame/keys.ts";
import { openPalette } from "../../frame/palette.tsx";
import { deedOf, type Deed } from "./workspace-keys.ts";

type Named = Exclude<Deed, object | "palette" | "leave">;
/** What can be done in the workspace, by the name of its deed. */
export type Deeds = Record<Named, () => void> & { tab: (number: number) => void; raw: () => void };

/** Offers the deeds in the palette and by their keys. `F6` is the frame's own. */
export function useTerminalKeys(deeds: Deeds): void {
  const latest = useRef(deeds);
  useEffect(() => {
    latest.current = deeds;
  });
  useActions(
    useMemo((): readonly Action[] => {
      const action = (id: Named, label: string, icon: Action["icon"], key: string): Action => ({
        ...{ id, label, icon, keys: ["Ctrl", "Shift", key] },
        run: () => latest.current[id](),
      });
      return [
        action("find", "Find in the terminal", IconSearch, "F"),
        action("copy", "Copy the selection", IconCopy, "C"),
        action("why", "Why this verdict", IconEye, "D"),
        action("new-tab", "New session on this target", IconPlus, "`"),
        action("split", "Split: another session beside it", IconLayoutColumns, "5"),
        {
          id: "raw",
          label: "Open a recorded-only terminal",
          icon: IconShieldOff,
          run: () => latest.current.raw(),
        },
        action("larger", "Larger text", IconZoomIn, "↑"),
        action("smaller", "Smaller text", IconZoomOut, "↓"),
      ];
    }, []),
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const deed = deedOf(event);
      // Outside the terminal the portal's own key for it.
      const why = event.altKey && event.key.toLowerCase() === "d" && !isTyping(event);
      if ((deed === undefined && !why) || deed === "leave") return;
      event.preventDefault();
      if (deed === "palette") openPalette();
      else if (typeof deed === "object") latest.current.tab(deed.tab);
      else latest.current[deed ?? "why"]();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
