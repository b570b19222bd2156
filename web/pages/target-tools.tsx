import { Button, Modal, TextInput } from "@mantine/core";
import { IconPlugConnected, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import type { Target } from "../../shared/nouns/target.ts";
import { refreshTarget, removeTarget, testTarget, type AdministeredTarget } from "../api/administration.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { plural } from "../ui/number.ts";
import { Section } from "../ui/section.tsx";
import { At, duration } from "../ui/time.tsx";
import { DialogEnd } from "../ui/dialog-end.tsx";
import { toast } from "../ui/toast.tsx";
import { VerdictChip } from "../ui/verdict.tsx";

/** Test it, read a catalog again, classify its columns, remove it. */
export function TargetTools({ target, settings }: { target: AdministeredTarget; settings: Target }) {
  const api = useApi();
  const [removing, setRemoving] = useState(false);
  const test = useMutation({ mutationFn: () => testTarget(api, target.name) });
  return (
    <>
      <h2 className="vh">Checks</h2>
      <Section title="Connection">
        <Button
          fullWidth
          loading={test.isPending}
          leftSection={<IconPlugConnected size={14} aria-hidden />}
          onClick={() => test.mutate()}
        >
          Test the connection
        </Button>
        <Told error={test.error}>
          {test.data === undefined ? null : (
            <span className="row g4 wrap">
              <VerdictChip verdict="completed" word="It answers" bare />
              {`in ${duration(test.data.latencyMs)}, ${
                settings.kind === "postgres"
                  ? `PostgreSQL ${test.data.serverVersion}`
                  : "by one of its pinned keys"
              }`}
            </span>
          )}
        </Told>
      </Section>
      {settings.kind === "postgres" ? <Catalog name={target.name} /> : null}
      <Section title="Opening it">
        <p className="f12">{target.mayOpen ? "You may open it." : "You may not open it yourself."}</p>
        {target.reasons.map((reason) => (
          <p className="f12 t2" key={reason}>
            {reason}
          </p>
        ))}
        <p className="f11 t3 gap">
          Changed <At time={settings.updatedAt} />
        </p>
      </Section>
      {settings.managed ? null : (
        <Section title="Remove">
          <Button
            fullWidth
            variant="outline"
            color="stop"
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={() => setRemoving(true)}
          >
            Remove this target
          </Button>
        </Section>
      )}
      {removing ? <Remove name={target.name} close={() => setRemoving(false)} /> : null}
    </>
  );
}

/** What the gateway knows of the database's tables; a host has none. */
function Catalog({ name }: { name: string }) {
  const api = useApi();
  const queries = useQueryClient();
  const refresh = useMutation({
    mutationFn: () => refreshTarget(api, name),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["schema", name] }),
  });
  return (
    <Section title="Catalog">
      <Button
        fullWidth
        loading={refresh.isPending}
        leftSection={<IconRefresh size={14} aria-hidden />}
        onClick={() => refresh.mutate()}
      >
        Read the catalog again
      </Button>
      <Told error={refresh.error}>
        {refresh.data === undefined ? null : <>{plural(refresh.data.relations, "relation")} known now.</>}
      </Told>
      <p className="f12 gap">
        <Link to="/classes" search={{ target: name }}>
          Classes of its columns
        </Link>
      </p>
    </Section>
  );
}

function Told({ error, children }: { error: unknown; children: ReactNode }) {
  const told = error === null || error === undefined ? undefined : toUserError(error);
  return (
    <p className="f12 gap told" role="status">
      {told === undefined ? (
        children
      ) : (
        <span className="fg t-stop">
          <b>{told.message}</b> {told.hint}
        </span>
      )}
    </p>
  );
}

function Remove({ name, close }: { name: string; close: () => void }) {
  const api = useApi();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const remove = useMutation({
    mutationFn: () => removeTarget(api, name),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["targets"] });
      toast({
        verdict: "withdrawn",
        title: `${name} is removed`,
        message: "Its recordings and ledger entries stay.",
      });
      void navigate({ to: "/targets" });
    },
  });
  const error = remove.error === null ? undefined : toUserError(remove.error);
  return (
    <Modal opened onClose={close} title={`Remove ${name}`} size={420} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === name) remove.mutate();
        }}
      >
        <p className="f12">
          Its sealed credential and the classes of its columns are deleted, and its sessions end. Recordings
          and ledger entries stay. This cannot be undone.
        </p>
        <TextInput
          mt={12}
          data-autofocus
          label={`Type ${name} to confirm`}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <DialogEnd error={error} leave={close} word="Keep it">
          <Button
            type="submit"
            variant="filled"
            color="stop"
            disabled={typed !== name}
            loading={remove.isPending}
          >
            Remove
          </Button>
        </DialogEnd>
      </form>
    </Modal>
  );
}
