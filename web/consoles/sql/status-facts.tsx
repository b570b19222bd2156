import { IconLink } from "@tabler/icons-react";
import type { Decision } from "../../../shared/nouns/decision.ts";
import type { Live } from "../../api/events.ts";
import { count } from "../../ui/number.ts";
import { duration } from "../../ui/time.tsx";
import type { Run, Runs } from "./runs.ts";

/** Facts of the session in the status line. */
export function StatusFacts({
  live,
  ended,
  runs,
  shown,
  decision,
}: {
  live: Live;
  ended: boolean;
  runs: Runs;
  shown: Run | undefined;
  decision: Decision | undefined;
}) {
  const entry = runs.reduce(
    (last, { evidence }) => Math.max(last, evidence?.intent ?? 0, evidence?.outcome ?? 0),
    0,
  );
  return (
    <>
      <span>
        {ended
          ? "Session ended"
          : live === "live"
            ? "Session connected"
            : live === "connecting"
              ? "Session connecting"
              : "Session reconnecting"}
      </span>
      <span>Read-only by default: a write opens its own transaction</span>
      {shown?.timing === undefined ? null : <span>Gate added {duration(shown.timing.gateMs)}</span>}
      {entry === 0 ? null : (
        <span>
          <span className="fg t-proof" style={{ display: "inline-flex" }}>
            <IconLink size={12} aria-hidden />
          </span>
          Ledger entry {count(entry)}
        </span>
      )}
      {decision === undefined ? null : <span>Policy version {decision.policyVersion}</span>}
    </>
  );
}
