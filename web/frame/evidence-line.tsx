import { Button } from "@mantine/core";
import { IconShieldX } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { can } from "../../shared/can/can.ts";
import type { Finding } from "../../shared/nouns/evidence.ts";
import { useMe } from "../api/portal.tsx";
import { count } from "../ui/number.ts";
import { useEvidence } from "./use-evidence.ts";

/** How many entries behind the one that is shown stand on its page of the ledger. */
const entriesAround = 50;

/** What is wrong, in one sentence. */
export const findingSentence = ({ entry, what, why }: Finding): string =>
  what === "recording"
    ? `Entry ${count(entry)} vouches for a recording, but: ${why.replace(/\.$/u, "")}.`
    : `Entry ${count(entry)}: ${why}.`;

/** Says on every page that the evidence is damaged, where it first is, and what to do, for as long as it is so. */
export function EvidenceLine() {
  const me = useMe();
  const navigate = useNavigate();
  const { data } = useEvidence();
  const [first] = data?.findings ?? [];
  if (data === undefined || first === undefined) return null;
  const show = () =>
    first.what === "recording" && first.session !== null
      ? navigate({ to: "/audit", search: { session: first.session } })
      : navigate({ to: "/ledger", search: { before: first.entry + entriesAround } });
  return (
    <div className="lostline" role="alert">
      <IconShieldX className="i" size={14} aria-hidden />
      <span>
        <b>The evidence is damaged.</b> {findingSentence(first)}
        {data.findingCount > 1 ? ` ${count(data.findingCount - 1)} more behind it.` : ""}{" "}
        <span className="t2">
          Export the ledger and verify it off-line, compare it with an earlier export, and find out who can
          write to the gateway's store and folder.
        </span>
      </span>
      <span className="sp" />
      {can(me, "ledger.read") ? <Button onClick={() => void show()}>Show it</Button> : null}
    </div>
  );
}
