import { IconChevronDown, IconChevronRight, IconSignature } from "@tabler/icons-react";
import { useMediaQuery } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import type { Checkpoint, Entry } from "../../shared/nouns/entry.ts";
import { Visible } from "../ui/code.tsx";
import { HashText, shortHash } from "../ui/hash-text.tsx";
import { count } from "../ui/number.ts";
import { Facts } from "../ui/section.tsx";
import { At } from "../ui/time.tsx";
import { VerdictMark } from "../ui/verdict.tsx";
import { bodyLine, entryWords } from "./ledger-words.ts";
import { Scroller } from "../ui/scroller.tsx";

type Props = {
  entries: readonly Entry[];
  checkpoints: readonly Checkpoint[];
  broken: { seq: number; why: string } | undefined;
};

/** Entries, newest first; a checkpoint stands at the entry that it signs. One entry opens at a time. */
export function LedgerTable({ entries, checkpoints, broken }: Props) {
  const [open, setOpen] = useState<number>();
  const narrow = useMediaQuery("(max-width: 640px)", false, { getInitialValueInEffect: false });
  const signed = new Map(checkpoints.map((checkpoint) => [checkpoint.seq, checkpoint]));
  return (
    <Scroller className="scroll" label="Entries">
      <table className="list">
        <thead>
          <tr>
            <th className="r">Entry</th>
            <th>When</th>
            <th>What</th>
            <th className="nophone">Who</th>
            <th className="nophone">Hash</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Fragment key={entry.seq}>
              <tr
                className={`${entry.seq === open ? "on" : ""}${entry.seq === broken?.seq ? " broken" : ""}`}
              >
                <td className="r">
                  <button
                    type="button"
                    className="plainbtn mono"
                    aria-expanded={entry.seq === open}
                    onClick={() => setOpen(entry.seq === open ? undefined : entry.seq)}
                  >
                    {entry.seq === open ? (
                      <IconChevronDown size={13} aria-hidden />
                    ) : (
                      <IconChevronRight size={13} aria-hidden />
                    )}
                    {count(entry.seq)}
                  </button>
                </td>
                <td className="nw t2">
                  <At time={entry.at} />
                </td>
                <What entry={entry} />
                <td className="nophone el who">{entry.actor?.replace(/^.*\|/u, "") ?? "the gateway"}</td>
                <td className="nophone mono f11 nw">
                  {signed.has(entry.seq) ? (
                    <span
                      className="fg t-proof sig"
                      title={`Signed with key ${signed.get(entry.seq)?.keyId}`}
                    >
                      <IconSignature size={14} aria-hidden />
                      <span className="vh">signed checkpoint</span>
                    </span>
                  ) : null}
                  <span title={entry.hash}>{shortHash(entry.hash)}</span>
                </td>
              </tr>
              {entry.seq === open ? (
                <Whole entry={entry} checkpoint={signed.get(entry.seq)} columns={narrow ? 3 : 5} />
              ) : null}
            </Fragment>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function What({ entry }: { entry: Entry }) {
  const { word, verdict } = entryWords(entry);
  const line = bodyLine(entry);
  return (
    <td className="what">
      <span className="row g6">
        <VerdictMark verdict={verdict} />
        <b className="nw">{word}</b>
        <span className={line.code ? "mono el" : "t2 el"}>
          <Visible text={line.text} />
        </span>
      </span>
    </td>
  );
}

function Whole({
  entry,
  checkpoint,
  columns,
}: {
  entry: Entry;
  checkpoint: Checkpoint | undefined;
  columns: number;
}) {
  return (
    <tr className="whole">
      <td colSpan={columns}>
        <Facts
          pairs={[
            ["Kind", <code key="kind">{entry.kind}</code>],
            ["When", <At key="at" time={entry.at} exact />],
            ["Actor", entry.actor],
            [
              "Session",
              entry.session === null ? undefined : (
                <Link key="session" to="/audit" search={{ session: entry.session }} className="mono">
                  {entry.session}
                </Link>
              ),
            ],
            ["Command", entry.command === null ? undefined : <code key="command">{entry.command}</code>],
            ["Body's hash", <HashText key="body" hash={entry.bodyHash} label="hash of the body" />],
            ["Previous", <HashText key="previous" hash={entry.previous} label="previous hash" />],
            ["Hash", <HashText key="hash" hash={entry.hash} label="hash" />],
            [
              "Checkpoint",
              checkpoint && (
                <span key="checkpoint">
                  signed <At time={checkpoint.at} /> with <code>{checkpoint.keyId}</code>
                </span>
              ),
            ],
          ]}
        />
        <Scroller className="body" label={`Body of entry ${entry.seq}`}>
          <pre className="ed small">
            <Visible
              text={entry.body === null ? "Removed by retention" : JSON.stringify(entry.body, null, 2)}
            />
          </pre>
        </Scroller>
      </td>
    </tr>
  );
}
