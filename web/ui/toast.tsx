import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { createElement } from "react";
import { verdicts, type Verdict } from "./verdict.tsx";

type Options = {
  verdict: Verdict;
  title: string;
  message?: string;
  action?: { word: string; run: () => void };
};

/** Decisions stay until dismissed; results leave after this. */
const resultMs = 6000;
const staying: readonly Verdict[] = ["rejected", "unknown", "expired", "blocked"];

/** A result and at most one action. */
export function toast({ verdict, title, message, action }: Options): void {
  const { tone, icon } = verdicts[verdict];
  const id = notifications.show({
    className: `t-${tone}`,
    icon: createElement(icon, { size: 16, "aria-hidden": true }),
    autoClose: staying.includes(verdict) ? false : resultMs,
    message: (
      <span className="row g12">
        <span className="sp col">
          <b>{title}</b>
          {message === undefined ? null : <span>{message}</span>}
        </span>
        {action === undefined ? null : (
          <Button
            onClick={() => {
              notifications.hide(id);
              action.run();
            }}
          >
            {action.word}
          </Button>
        )}
      </span>
    ),
  });
}
