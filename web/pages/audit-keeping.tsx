import { Button, Modal, Textarea } from "@mantine/core";
import { IconArchive, IconLock, IconLockOpen } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { can } from "../../shared/can/can.ts";
import type { Keeping } from "../../shared/nouns/recording.ts";
import { toUserError } from "../api/errors.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { putHold, readKeeping } from "../api/recordings.ts";
import { Visible } from "../ui/code.tsx";
import { Facts, Section } from "../ui/section.tsx";
import { At } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";

const maxReasonCharacters = 500;

/** How long a session's recording is kept, and the legal hold that keeps it longer. */
export function AuditKeeping({ session }: { session: string }) {
  const api = useApi();
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const { data } = useQuery({
    queryKey: ["recordings", "keeping", session],
    queryFn: ({ signal }) => readKeeping(api, session, signal),
  });
  if (data === undefined) return null;
  const { hold, removed } = data;
  return (
    <Section title="Keeping" icon={<IconArchive size={14} aria-hidden />}>
      <Facts pairs={facts(data)} />
      {can(me, "recordings.hold") && removed === undefined ? (
        <div className="gap">
          <Button
            leftSection={hold ? <IconLockOpen size={14} aria-hidden /> : <IconLock size={14} aria-hidden />}
            onClick={() => setAsking(true)}
          >
            {hold ? "Lift the hold" : "Place a legal hold"}
          </Button>
        </div>
      ) : null}
      {asking ? (
        <AskReason session={session} held={hold === undefined} close={() => setAsking(false)} />
      ) : null}
    </Section>
  );
}

function facts({ hold, removed, removal }: Keeping): (readonly [string, ReactNode])[] {
  if (removed !== undefined)
    return [
      ["Removed", <At key="at" time={removed.at} />],
      ["By rule", <code key="rule">{removed.rule}</code>],
    ];
  if (hold !== undefined)
    return [
      ["Legal hold", <At key="at" time={hold.at} />],
      ["By", <Visible key="by" text={hold.by.replace(/^.*\|/u, "")} />],
      ["Reason", <Visible key="reason" text={hold.reason} />],
    ];
  if (removal !== undefined)
    return [
      ["Kept until", <At key="at" time={removal.at} />],
      ["By rule", <code key="rule">{removal.rule}</code>],
    ];
  return [["Kept", "no rule removes it"]];
}

function AskReason({ session, held, close }: { session: string; held: boolean; close: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const change = useMutation({
    mutationFn: () => putHold(api, session, { held, reason: reason.trim() }),
    onSuccess: () => {
      toast({
        verdict: held ? "held" : "recorded",
        title: held ? "Legal hold placed" : "Legal hold lifted",
        message: "It is in the ledger.",
      });
      void queries.invalidateQueries({ queryKey: ["recordings", "keeping", session] });
      close();
    },
  });
  const error = change.error === null ? undefined : toUserError(change.error);
  return (
    <Modal
      opened
      onClose={close}
      title={held ? "Place a legal hold" : "Lift the legal hold"}
      size={420}
      centered
    >
      <p className="f12">
        {held
          ? "Nothing of this session is removed while the hold is there, whatever the rules say."
          : "From now on the rules decide again, also on what is past its time already."}
      </p>
      <Textarea
        data-autofocus
        className="gap"
        label="Reason, for the ledger"
        maxLength={maxReasonCharacters}
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {error === undefined ? null : (
        <p className="f12 fg t-stop gap" role="alert">
          <b>{error.message}</b> {error.hint}
        </p>
      )}
      <div className="row g8 buttons">
        <Button variant="subtle" color="quiet" onClick={close}>
          Leave it
        </Button>
        <Button
          variant="filled"
          disabled={reason.trim() === ""}
          loading={change.isPending}
          onClick={() => change.mutate()}
        >
          {held ? "Place it" : "Lift it"}
        </Button>
      </div>
    </Modal>
  );
}
