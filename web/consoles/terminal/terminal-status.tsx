import { IconLink, IconShieldOff } from "@tabler/icons-react";
import { count } from "../../ui/number.ts";
import { duration } from "../../ui/time.tsx";
import type { TerminalState } from "./living-terminal.ts";
import { rawLabel } from "./raw.ts";

const links: Record<TerminalState["link"]["phase"], string> = {
  connecting: "Terminal connecting",
  opening: "Shell opening",
  live: "Terminal connected",
  lost: "Terminal reconnecting",
  refused: "No shell",
  ended: "Session ended",
};

/** Facts of a terminal in the status line. */
export function TerminalStatus({ state: { link, latency, commands, mode } }: { state: TerminalState }) {
  const { echoMs, verdictMs } = latency;
  const last = commands.at(-1);
  const entry = commands.reduce(
    (last, { evidence }) => Math.max(last, evidence?.intent ?? 0, evidence?.outcome ?? 0),
    0,
  );
  return (
    <>
      <span>
        {link.phase === "opening" && last?.state === "held" ? "Shell waits for approval" : links[link.phase]}
        {echoMs === undefined || link.phase !== "live" ? "" : `, echo ${duration(echoMs)}`}
      </span>
      {verdictMs === undefined ? null : <span>Verdict at Enter {duration(verdictMs)}</span>}
      {mode === "raw" ? (
        <span>
          <IconShieldOff size={12} aria-hidden /> {rawLabel}
        </span>
      ) : null}
      {entry === 0 ? null : (
        <span>
          <span className="fg t-proof" style={{ display: "inline-flex" }}>
            <IconLink size={12} aria-hidden />
          </span>
          Ledger entry {count(entry)}
        </span>
      )}
    </>
  );
}
