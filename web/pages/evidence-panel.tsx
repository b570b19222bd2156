import { Button } from "@mantine/core";
import { IconDownload, IconRefresh, IconShieldCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { openRecordingFile } from "../api/recordings.ts";
import type { Moment } from "../player/story.ts";
import { rowsOut } from "../player/story.ts";
import { DropFile } from "../ui/drop-file.tsx";
import { shortHash } from "../ui/hash-text.tsx";
import { MaskBadge } from "../ui/marks.tsx";
import { plural } from "../ui/number.ts";
import { Facts, Section } from "../ui/section.tsx";
import { ErrorLine } from "../ui/states.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import { AuditKeeping } from "./audit-keeping.tsx";
import { CheckReport } from "./check-report.tsx";
import { EvidenceState } from "./evidence-state.tsx";
import { save } from "./evidence.ts";
import { useCheck, useLedgerKeys } from "./use-check.ts";

type Props = {
  session: string | undefined;
  moment: Moment | undefined;
  check: ReturnType<typeof useCheck>;
};

/** The evidence of a session: its file, whether it verifies, and what the ledger and policy say of the event shown. */
export function EvidencePanel({ session, moment, check }: Props) {
  const api = useApi();
  const { data: keys } = useLedgerKeys();
  const name = `${session}.rec`;
  const fetchFile = async () => (await openRecordingFile(api, session ?? "")).blob();
  const download = useMutation({ mutationFn: async () => save(await fetchFile(), name) });
  const verify = useMutation({
    mutationFn: async () => check.mutateAsync({ file: await fetchFile(), name }),
  });
  const problem = download.error ?? verify.error ?? check.error;
  const busy = verify.isPending || check.isPending;
  return (
    <>
      <h2 className="vh">Evidence</h2>
      {check.data === undefined ? (
        <Section title="Evidence" icon={<IconShieldCheck size={14} aria-hidden />}>
          <p className="f12 t2">
            Every event's hash covers the one before it, and a signed seal covers the last. Checking happens
            in this browser, with the gateway's public key.
          </p>
        </Section>
      ) : (
        <CheckReport checked={check.data} prints={keys?.prints ?? new Map()} />
      )}
      <Section>
        {session === undefined ? null : (
          <>
            <div className="row g8">
              <Button
                className="sp"
                loading={download.isPending}
                leftSection={<IconDownload size={14} aria-hidden />}
                onClick={() => download.mutate()}
              >
                Evidence file
              </Button>
              <Button
                loading={busy}
                leftSection={<IconRefresh size={14} aria-hidden />}
                onClick={() => verify.mutate()}
              >
                {check.data === undefined ? "Check" : "Check again"}
              </Button>
            </div>
            <p className="f11 t3 gap">The file verifies without this server.</p>
          </>
        )}
        <div className="gap">
          <DropFile
            label="Drop a file"
            hint="or choose one, to check a recording, a ledger export or an archive"
            take={(file) => check.mutate({ file, name: file.name })}
          />
        </div>
        <ErrorLine error={problem === null ? undefined : toUserError(problem)} />
      </Section>
      <EvidenceState session={session} />
      {session === undefined ? null : <AuditKeeping session={session} />}
      {moment?.command === undefined ? null : <ThisEvent command={moment.command} />}
    </>
  );
}

function ThisEvent({ command }: { command: NonNullable<Moment["command"]> }) {
  const { decision, sha256, state, results } = command;
  const columns = results.flatMap((result) => result.columns);
  const classes = (masked: boolean) => [
    ...new Set(
      columns.flatMap((column) =>
        (column.masked === true) === masked && column.class ? [column.class] : [],
      ),
    ),
  ];
  const badges = (names: readonly string[], open: boolean) =>
    names.length === 0 ? undefined : (
      <span className="row g4 wrap">
        {names.map((name) => (
          <MaskBadge key={name} name={name} open={open} />
        ))}
      </span>
    );
  return (
    <Section title="This event">
      <Facts
        pairs={[
          ["Verdict", <VerdictChip key="verdict" verdict={state} bare />],
          [
            "Policy",
            decision && `${decision.policies.join(", ") || "none"}, version ${decision.policyVersion}`,
          ],
          ["Classes shown", badges(classes(false), true)],
          ["Classes hidden", badges(classes(true), false)],
          ["Rows out", rowsOut(command) > 0 ? plural(rowsOut(command), "row") : undefined],
          [
            "Command",
            <code key="id" title={command.id}>
              {command.id.slice(-8)}
            </code>,
          ],
          [
            "sha256",
            <code key="hash" title={sha256}>
              {shortHash(sha256)}
            </code>,
          ],
        ]}
      />
    </Section>
  );
}
