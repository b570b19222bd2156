import { IconAlignLeft, IconEye, IconPlayerPlayFilled, IconPlus, IconSitemap } from "@tabler/icons-react";
import { useEffect, useMemo, useRef } from "react";
import { useActions, type Action } from "../../frame/actions.ts";
import { isTyping } from "../../frame/keys.ts";

/** What can be done in the workspace. */
export type Deeds = {
  runStatement: () => void;
  runAll: () => void;
  explain: () => void;
  format: () => void;
  why: () => void;
  cancel: () => void;
  newQuery: () => void;
  pickNumber: (number: number) => void;
};

/** Offers the deeds in the palette and by their keys. */
export function useConsoleKeys(deeds: Deeds): void {
  const latest = useRef(deeds);
  useEffect(() => {
    latest.current = deeds;
  });
  useActions(
    useMemo(
      (): readonly Action[] => [
        {
          id: "run",
          label: "Run statement",
          icon: IconPlayerPlayFilled,
          keys: ["Ctrl", "↵"],
          run: () => latest.current.runStatement(),
        },
        {
          id: "run-all",
          label: "Run all statements",
          icon: IconPlayerPlayFilled,
          keys: ["Ctrl", "Shift", "↵"],
          run: () => latest.current.runAll(),
        },
        {
          id: "explain",
          label: "Explain statement",
          description: "The planner's plan; runs nothing",
          icon: IconSitemap,
          run: () => latest.current.explain(),
        },
        { id: "format", label: "Format query", icon: IconAlignLeft, run: () => latest.current.format() },
        {
          id: "why",
          label: "Why this verdict",
          icon: IconEye,
          keys: ["Alt", "D"],
          run: () => latest.current.why(),
        },
        { id: "new", label: "New query", icon: IconPlus, run: () => latest.current.newQuery() },
      ],
      [],
    ),
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // The editor has these keys too, and is first.
      if (event.defaultPrevented) return;
      const { runStatement, runAll, why, cancel, pickNumber } = latest.current;
      if (event.altKey && event.key.toLowerCase() === "d") why();
      else if (event.altKey && /^[1-9]$/u.test(event.key)) pickNumber(Number(event.key));
      else if ((event.ctrlKey || event.metaKey) && event.key === "Enter")
        (event.shiftKey ? runAll : runStatement)();
      else if (event.key === "Escape" && !isTyping(event)) return cancel();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
