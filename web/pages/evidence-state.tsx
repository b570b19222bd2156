import { IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { findingSentence } from "../frame/evidence-line.tsx";
import { useEvidence } from "../frame/use-evidence.ts";
import { count } from "../ui/number.ts";
import { Section } from "../ui/section.tsx";
import { At } from "../ui/time.tsx";

/** What the check that goes on in the background has found: of everything, or first of one session. Nothing for whoever may not know. */
export function EvidenceState({ session }: { session?: string | undefined }) {
  const { data } = useEvidence();
  if (data === undefined) return null;
  const { state, checkedTo, completedAt, findings, findingCount } = data;
  const ofSession = findings.filter((finding) => finding.session === session);
  const shown = ofSession.length > 0 ? ofSession : findings;
  if (state === "damaged")
    return (
      <Section title="Checked continuously" icon={<IconShieldX size={14} aria-hidden />}>
        <ul className="checks">
          {shown.map((finding) => (
            <li key={`${finding.entry} ${finding.what}`} className="fg t-stop">
              {findingSentence(finding)}
            </li>
          ))}
        </ul>
        {findingCount > shown.length ? (
          <p className="f11 t2 gap">{count(findingCount - shown.length)} more in the evidence.</p>
        ) : null}
      </Section>
    );
  return (
    <Section title="Checked continuously" icon={<IconShieldCheck size={14} aria-hidden />}>
      <p className="f12 t2">
        {completedAt === null ? (
          `The first check has come to entry ${count(checkedTo)}.`
        ) : (
          <>
            The ledger and the recordings of closed sessions are as they were written. All of it was last
            checked <At time={completedAt} />.
          </>
        )}
      </p>
    </Section>
  );
}
