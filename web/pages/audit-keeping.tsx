import { Button, Modal, Textarea } from "@mantine/core";
import { IconArchive, IconLock, IconLockOpen } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { can } from "../../shared/can/can.ts";
import type { Keeping, Removal } from "../../shared/nouns/recording.ts";
import { toUserError } from "../api/errors.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { putHold, readKeeping } from "../api/recordings.ts";
import { Visible } from "../ui/code.tsx";
import { Facts, Section } from "../ui/section.tsx";
import { At } from "../ui/time.tsx";
import { DialogEnd } from "../ui/dialog-end.tsx";
import { toast } from "../ui/toast.tsx";

const maxReasonCharacters = 500;

/** How long a session's recording and texts are kept, and the legal hold that keeps them longer. */
export function AuditKeeping({ session }: { session: string }) {
  const api = useApi();
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const { data } = useQuery({
    queryKey: ["recordings", "keeping", session],
    queryFn: ({ signal }) => readKeeping(api, session, signal),
  });
  if (data === undefined) return null;
  const { hold, removed, textsRemoved } = data;
  const isGone = removed !== undefined && textsRemoved !== undefined;
  return (
    <Section title="Keeping" icon={<IconArchive size={14} aria-hidden />}>
      <Facts pairs={facts(data)} />
      {can(me, "recordings.hold") && !isGone ? (
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

function facts(keeping: Keeping): (readonly [string, ReactNode])[] {
  const { hold, removed, removal, textsRemoved, textsRemoval } = keeping;
  return [
    ...(hold === undefined
      ? []
      : ([
          ["Legal hold", <At key="at" time={hold.at} />],
          ["By", <Visible key="by" text={hold.by.replace(/^.*\|/u, "")} />],
          ["Reason", <Visible key="reason" text={hold.reason} />],
        ] as const)),
    ["Recording", <When key="recording" removed={removed} removal={removal} held={hold !== undefined} />],
    ["Texts", <When key="texts" removed={textsRemoved} removal={textsRemoval} held={hold !== undefined} />],
  ];
}

/** What became of one kind of thing that is kept, or will, and by which rule. */
function When({
  removed,
  removal,
  held,
}: {
  removed: Removal | undefined;
  removal: Removal | undefined;
  held: boolean;
}) {
  const told = removed ?? removal;
  if (told === undefined) return held ? "kept by the hold" : "no rule removes it";
  return (
    <>
      {removed === undefined ? "kept until" : "removed"} <At time={told.at} />, rule <code>{told.rule}</code>
    </>
  );
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
      <DialogEnd error={error} leave={close}>
        <Button
          variant="filled"
          disabled={reason.trim() === ""}
          loading={change.isPending}
          onClick={() => change.mutate()}
        >
          {held ? "Place it" : "Lift it"}
        </Button>
      </DialogEnd>
    </Modal>
  );
}
