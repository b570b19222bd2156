import "./check-report.css";
import { IconAlertTriangle, IconCheck, IconMinus, IconShieldX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { LedgerVerdict } from "../../shared/recording/verify.ts";
import { shortHash } from "../ui/hash-text.tsx";
import { count, plural } from "../ui/number.ts";
import { Facts, Section } from "../ui/section.tsx";
import { At } from "../ui/time.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import type { Checked } from "./evidence.ts";

type Line = { state: "held" | "failed" | "not"; what: string; fact?: ReactNode };

/** What was checked of a file, what held, and where it does not. */
export function CheckReport({ checked, prints }: { checked: Checked; prints: ReadonlyMap<string, string> }) {
  const { verdict, ledger } = checked;
  const failed = !verdict.ok || ledger?.ok === false;
  const keyId = !verdict.ok ? undefined : verdict.kind === "ledger" ? verdict.keyIds.at(-1) : verdict.keyId;
  return (
    <>
      <section className={failed ? "sec proved t-stop" : "sec proved t-proof"} role="status">
        <div className="row">
          {failed ? (
            <span className="chip solid t-stop">
              <IconShieldX size={14} aria-hidden />
              Does not verify
            </span>
          ) : (
            <VerdictChip verdict="verified" solid />
          )}
          <span className="f11 t2">
            <At time={checked.at} />
          </span>
        </div>
        <p className="f12 gap">{sentence(checked)}</p>
        <p className="f11 t2 el">{checked.name}</p>
      </section>
      <Section title="What was checked">
        <ul className="checks">
          {lines(checked).map(({ state, what, fact }) => (
            <li key={what}>
              <Mark state={state} />
              <span>{what}</span>
              <span className="sp" />
              <span className="t2">{fact}</span>
            </li>
          ))}
        </ul>
        {keyId === undefined ? null : (
          <div className="gap">
            <Facts
              pairs={[
                ["Key", <code key="key">{keyId}</code>],
                ["Fingerprint", <Fingerprint key="print" hash={prints.get(keyId)} />],
              ]}
            />
          </div>
        )}
      </Section>
    </>
  );
}

function Fingerprint({ hash }: { hash: string | undefined }) {
  return hash === undefined ? "not one of this gateway's" : <code title={hash}>{shortHash(hash)}</code>;
}

function Mark({ state }: { state: Line["state"] }) {
  if (state === "held")
    return (
      <span className="fg t-go">
        <IconCheck size={14} aria-hidden />
        <span className="vh">holds:</span>
      </span>
    );
  if (state === "failed")
    return (
      <span className="fg t-stop">
        <IconAlertTriangle size={14} aria-hidden />
        <span className="vh">fails:</span>
      </span>
    );
  return (
    <span className="t3">
      <IconMinus size={14} aria-hidden />
      <span className="vh">not checked:</span>
    </span>
  );
}

function sentence({ verdict, ledger }: Checked): string {
  if (!verdict.ok) {
    const where =
      verdict.entry === undefined ? `line ${verdict.line}` : `line ${verdict.line}, entry ${verdict.entry}`;
    if (verdict.kind === "archive")
      return `Altered, cut or not ours: ${verdict.file === undefined ? "" : `${verdict.file}, `}${verdict.why}.`;
    const file = verdict.file === undefined ? "" : `in ${verdict.file} `;
    return `Altered, cut or not ours: ${file}at ${where}, ${verdict.why}.`;
  }
  if (ledger?.ok === false)
    return `The file is whole, but the ledger it belongs to does not verify: ${ledger.why}.`;
  if (verdict.kind === "ledger") return "No entry was altered, removed or added.";
  if (verdict.kind === "archive")
    return "Nothing in this evidence was altered, removed or added since the gateway made it.";
  if (!verdict.live) return "Nothing in this session was altered, removed or added.";
  const upToHere = "Nothing up to this point was altered, removed or added.";
  return verdict.later > 0
    ? `${upToHere} The session went on: ${plural(verdict.later, "event")} recorded later ${verdict.later === 1 ? "is" : "are"} not in this file.`
    : `${upToHere} The session still ran.`;
}

function ledgerLines({ from, to, checkpoints, keys, removed }: LedgerVerdict): Line[] {
  return [
    { state: "held", what: "Chain unbroken", fact: `${count(from)} to ${count(to)}` },
    { state: "held", what: "Checkpoints signed", fact: count(checkpoints) },
    ...(keys.length > 0
      ? [{ state: "held" as const, what: "Keys follow one another", fact: count(keys.length + 1) }]
      : []),
    ...removed.map(({ rule, bodies, recordings }) => ({
      state: "held" as const,
      what: `Removed by rule ${rule}`,
      fact: `${plural(recordings, "recording")}, ${plural(bodies, "text")}`,
    })),
  ];
}

function lines({ verdict, ledger }: Checked): Line[] {
  if (!verdict.ok)
    return [
      {
        state: verdict.line > 1 ? "held" : "not",
        what: "Lines before",
        fact: verdict.line > 1 ? `${count(verdict.line - 1)} hold` : "none",
      },
      { state: "failed", what: `Line ${count(verdict.line)}`, fact: verdict.file ?? verdict.kind },
      { state: "not", what: "Everything after", fact: "not checked" },
    ];
  if (verdict.kind === "ledger")
    return [
      ...ledgerLines(verdict),
      { state: "held", what: "Seal signed", fact: <At time={verdict.signedAt} /> },
      { state: verdict.trusted ? "held" : "not", what: "Key is this gateway's" },
    ];
  if (verdict.kind === "archive")
    return [
      ...ledgerLines(verdict.ledger),
      { state: "held", what: "Recordings whole", fact: count(verdict.recordings) },
      ...verdict.missing.map(({ session, why }) => ({
        state: "not" as const,
        what: `No recording of ${session.slice(-8)}`,
        fact: why,
      })),
      { state: "held", what: "Manifest signed", fact: <At time={verdict.signedAt} /> },
      { state: verdict.trusted ? "held" : "not", what: "Key is this gateway's" },
    ];
  return [
    { state: "held", what: "Chain unbroken", fact: plural(verdict.events, "event") },
    { state: "held", what: "Seal signed", fact: <At time={verdict.signedAt} /> },
    { state: verdict.trusted ? "held" : "not", what: "Key is this gateway's" },
    verdict.anchored > 0
      ? { state: "held", what: "In the ledger", fact: `entry ${count(verdict.anchored)}` }
      : { state: "not", what: "In the ledger", fact: ledger === undefined ? "not checked" : "not yet" },
    ...(verdict.later > 0
      ? [{ state: "not" as const, what: "Recorded after this export", fact: plural(verdict.later, "event") }]
      : []),
    ...(ledger?.ok === true && ledger.kind === "ledger"
      ? [
          {
            state: "held" as const,
            what: "Ledger from there on",
            fact: `${count(ledger.from)} to ${count(ledger.to)}`,
          },
        ]
      : []),
    ...(ledger?.ok === false
      ? [{ state: "failed" as const, what: "Ledger from there on", fact: `line ${ledger.line}` }]
      : []),
  ];
}
