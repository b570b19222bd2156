import { Autocomplete, Button, Modal, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { Block, PresentActor } from "../../shared/nouns/block.ts";
import { block, lift } from "../api/access.ts";
import { toUserError } from "../api/errors.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { Visible } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";
import { DialogEnd } from "../ui/dialog-end.tsx";
import { toast } from "../ui/toast.tsx";
import { shortId } from "./people-words.ts";

const maxReasonCharacters = 2_000;
const maxSubjectCharacters = 512;

/** Says what will end before it ends; `who` was chosen, or is typed here. */
export function TakeAccess({
  who,
  present,
  close,
}: {
  who: PresentActor | undefined;
  present: readonly PresentActor[];
  close: () => void;
}) {
  const api = useApi();
  const me = useMe();
  const [typed, setTyped] = useState("");
  const subject = who?.id ?? typed.trim();
  const person = who?.person ?? present.find(({ id }) => id === subject)?.person ?? subject;
  const theirs = present.filter((one) => one.person === person || one.owner === person);
  const open = theirs.reduce((sum, { sessions }) => sum + sessions, 0);
  const names = new Map(present.filter(({ id }) => id !== me.id).map(({ person, name }) => [person, name]));
  return (
    <Decide
      title={who === undefined ? "Take access back" : `Take the access of ${who.name} back`}
      confirm="Take access back"
      color="stop"
      ready={subject !== ""}
      act={(reason) => block(api, subject, reason)}
      done={`Access of ${who?.name ?? shortId(subject)} is taken back`}
      close={close}
    >
      {who === undefined ? (
        <Autocomplete
          data-autofocus
          label="Who"
          description="A person, as reviews show them, or an actor's id, as the audit shows it"
          required
          maxLength={maxSubjectCharacters}
          value={typed}
          onChange={setTyped}
          data={[...names.keys()]}
          renderOption={({ option }) => (
            <span className="row g6">
              <b>
                <Visible text={names.get(option.value) ?? ""} />
              </b>
              <span className="t2">
                <Visible text={option.value} />
              </span>
            </span>
          )}
        />
      ) : null}
      <ul className="f12 ends">
        <li>
          {open === 0 ? (
            "Whatever they have open here ends"
          ) : (
            <>
              <b>{plural(open, "open session")}</b>, of them and of workloads that they own,{" "}
              {open === 1 ? "ends" : "end"}
            </>
          )}{" "}
          within two seconds, at every gateway.
        </li>
        <li>
          What runs is cancelled at the target; what waits for a review is withdrawn; approvals that they gave
          count no more.
        </li>
        <li>No token of theirs is taken until somebody gives the access again.</li>
      </ul>
    </Decide>
  );
}

/** Gives access again. */
export function GiveAccess({ block: { id, subject }, close }: { block: Block; close: () => void }) {
  const api = useApi();
  return (
    <Decide
      title={`Give access to ${shortId(subject)} again`}
      confirm="Give access again"
      ready
      act={(reason) => lift(api, id, reason)}
      done={`${shortId(subject)} has access again`}
      close={close}
    >
      <p className="f12">
        Their next token is taken again. What was ended stays so: they open new sessions, and ask for reviews
        anew.
      </p>
    </Decide>
  );
}

/** A reason, for the ledger, and what comes of it. */
function Decide({
  title,
  confirm,
  color,
  ready,
  act,
  done,
  close,
  children,
}: {
  title: string;
  confirm: string;
  color?: string;
  ready: boolean;
  act: (reason: string) => Promise<unknown>;
  done: string;
  close: () => void;
  children: ReactNode;
}) {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const deed = useMutation({
    mutationFn: () => act(reason.trim()),
    onSuccess: () => {
      toast({ verdict: "recorded", title: done, message: "It is in the ledger, with your reason." });
      close();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["access"] }),
  });
  const error = deed.error === null ? undefined : toUserError(deed.error);
  const complete = ready && reason.trim() !== "";
  return (
    <Modal opened onClose={close} title={title} size={460} centered>
      <form
        className="col g12"
        onSubmit={(event) => {
          event.preventDefault();
          if (complete && !deed.isPending) deed.mutate();
        }}
      >
        {children}
        <Textarea
          {...(ready && { "data-autofocus": true })}
          label="Reason, for the ledger"
          required
          autosize
          minRows={2}
          maxRows={6}
          maxLength={maxReasonCharacters}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <DialogEnd error={error} leave={close}>
          <Button
            type="submit"
            variant="filled"
            {...(color !== undefined && { color })}
            disabled={!complete}
            loading={deed.isPending}
          >
            {confirm}
          </Button>
        </DialogEnd>
      </form>
    </Modal>
  );
}
