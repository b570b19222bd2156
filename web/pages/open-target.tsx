import { Button, Checkbox, TextInput } from "@mantine/core";
import { IconPlayerRecordFilled } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { maxReasonLength, openSession } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import type { ReachableTarget } from "../api/nouns.ts";
import { useApi } from "../api/portal.tsx";
import { RawMeaning } from "../consoles/terminal/raw-meaning.tsx";
import { wantRaw } from "../consoles/terminal/raw.ts";
import { KindIcon } from "../ui/kind-icon.tsx";
import { StageTag } from "../ui/marks.tsx";

/** Asks for the reason and opens the session. The reason stands beside every command that is held in it. */
export function OpenTarget({ target }: { target: ReachableTarget }) {
  const api = useApi();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [raw, setRaw] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const open = useMutation({
    mutationFn: () => openSession(api, target.name, reason.trim()),
    onSuccess: (session) => {
      if (raw) wantRaw(session);
      queries.setQueryData(["session", session.id], session);
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      void navigate({ to: "/work/$session", params: { session: session.id } });
    },
  });
  const error = open.error === null ? undefined : toUserError(open.error);
  return (
    <form
      className="opening"
      aria-label={`Open ${target.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate();
      }}
    >
      <h2>
        <KindIcon kind={target.kind} size={14} /> Open {target.name} <StageTag tags={target.tags} />
      </h2>
      <div className="fields">
        <TextInput
          className="sp"
          ref={field}
          label="Reason, kept with the session and shown to reviewers"
          placeholder="Ticket and what you are about to do"
          maxLength={maxReasonLength}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="filled"
          loading={open.isPending}
          disabled={raw && reason.trim() === ""}
        >
          {raw ? "Ask for it" : "Open session"}
        </Button>
      </div>
      {target.kind === "ssh" ? (
        <Checkbox
          mt={9}
          label="Recorded-only terminal: its lines get no verdict. Needs a reason."
          checked={raw}
          onChange={(event) => setRaw(event.currentTarget.checked)}
        />
      ) : null}
      {raw ? (
        <div style={{ marginTop: 9 }}>
          <RawMeaning />
        </div>
      ) : null}
      {error === undefined ? null : (
        <p className="fg t-stop f12" role="alert" style={{ marginTop: 9 }}>
          <b>{error.message}</b> {error.hint}
        </p>
      )}
      <p className="f12 t2 row g6" style={{ marginTop: 9 }}>
        <span className="fg t-proof" style={{ display: "inline-flex" }}>
          <IconPlayerRecordFilled size={12} aria-hidden />
        </span>
        Everything in it is recorded. Reviewers and auditors see commands, not clear card numbers.
      </p>
    </form>
  );
}
