import { Button, Modal, TextInput } from "@mantine/core";
import { IconShieldOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Session } from "../../../shared/nouns/session.ts";
import { maxReasonLength, openSession } from "../../api/calls.ts";
import { toUserError } from "../../api/errors.ts";
import { useApi } from "../../api/portal.tsx";
import { RawMeaning } from "./raw-meaning.tsx";
import { wantRaw } from "./raw.ts";

type Props = {
  target: string;
  /** Of the session from which it is asked. */
  reason: string;
  opened: (session: Session) => void;
  close: () => void;
};

/** Asks for a terminal whose lines nobody judges, in a session of its own, with a reason for whoever decides. */
export function RawDialog({ target, reason: first, opened, close }: Props) {
  const api = useApi();
  const [reason, setReason] = useState(first);
  const given = reason.trim();
  const ask = useMutation({
    mutationFn: () => openSession(api, target, given),
    onSuccess: (session) => {
      wantRaw(session);
      opened(session);
    },
  });
  const error = ask.error === null ? undefined : toUserError(ask.error);
  return (
    <Modal opened onClose={close} title={`Open a recorded-only terminal on ${target}?`} size={560}>
      <form
        className="col g12"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <RawMeaning />
        <TextInput
          label="Reason, kept with the session and shown to whoever decides"
          placeholder="Ticket and why it cannot be done line by line"
          maxLength={maxReasonLength}
          value={reason}
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {error === undefined ? null : (
          <p className="fg t-stop f12" role="alert">
            <b>{error.message}</b> {error.hint}
          </p>
        )}
        <div className="row">
          <span className="sp f12 t2">{given === "" ? "Give a reason to ask for it." : ""}</span>
          <Button onClick={close}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={given === ""}
            loading={ask.isPending}
            leftSection={<IconShieldOff size={14} aria-hidden />}
          >
            Ask for it
          </Button>
        </div>
      </form>
    </Modal>
  );
}
