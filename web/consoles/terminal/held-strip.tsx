import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Visible } from "../../ui/code.tsx";
import { KeyHint } from "../../ui/key-hint.tsx";
import { CountDown } from "../../ui/time.tsx";
import { VerdictChip } from "../../ui/verdict.tsx";
import { reviewStands, waitsOn } from "../waits-on.ts";
import type { TerminalCommand } from "./commands.ts";
import { asksRaw } from "./raw.ts";

type Props = {
  command: TerminalCommand;
  withdraw: () => void;
  /** Opens another shell on the same host, to go on meanwhile. */
  workOn: () => void;
};

/** Under a line that waits, or where a terminal will be: on whom, how long, what it would do, and how to take it back. */
export function HeldStrip({ command, withdraw, workOn }: Props) {
  const { decision, held, review } = command;
  const raw = asksRaw(command);
  const until = review?.expiresAt ?? held?.expiresAt;
  const facts = decision?.facts?.kind === "shell" ? decision.facts.summary : "";
  const votes = (review?.votes ?? []).filter(({ verdict }) => verdict === "approve");
  return (
    <section
      className="strip wait t-wait"
      aria-label={raw ? "The terminal that waits" : "The line that waits"}
    >
      <div className="hd">
        <VerdictChip verdict="held" solid />
        <b className="f12 el">{stands(review, decision, held?.groups)}</b>
        <span className="sp" />
        {until === undefined ? null : (
          <span className="f12 nw">
            <CountDown until={until} />
          </span>
        )}
      </div>
      <p className="bd f12">
        {facts === "" ? null : (
          <>
            <b>
              <Visible text={sentence(facts)} />
            </b>{" "}
          </>
        )}
        {votes.map(({ name }) => `${name} approved. `)}
        {raw ? "Once that is approved, the terminal opens here." : "Keys wait here, none reaches the host."}
      </p>
      <div className="ft">
        <Button onClick={withdraw} rightSection={<KeyHint keys={["Ctrl", "C"]} />}>
          Withdraw
        </Button>
        <Button
          variant="subtle"
          color="quiet"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={workOn}
        >
          Work in a new tab
        </Button>
      </div>
    </section>
  );
}

function stands(
  review: TerminalCommand["review"],
  decision: TerminalCommand["decision"],
  groups: readonly string[] = [],
): string {
  if (review !== undefined) return reviewStands(review);
  if (decision !== undefined) return waitsOn(decision);
  return `Waits on ${groups.join(" and ") || "people"}`;
}

/** `deletes x` as `Deletes x.` */
const sentence = (words: string): string =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/u.test(words) ? "" : "."}`;
