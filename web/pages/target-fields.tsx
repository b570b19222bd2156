import { Button, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { TargetKind } from "../../shared/nouns/target.ts";
import { putTarget } from "../api/administration.ts";
import { toUserError, UserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { kindNames } from "../ui/target-kinds.ts";
import { toast } from "../ui/toast.tsx";
import type { FormErrors } from "./target-form-address.ts";
import { PostgresFields } from "./target-fields-postgres.tsx";
import { SshFields } from "./target-fields-ssh.tsx";
import { moved } from "./target-form-ssh.ts";
import { ofKind, readForm, type TargetForm } from "./target-form.ts";

const kinds = TargetKind.options.map((value) => ({ value, label: kindNames[value] }));

/** How to reach a target. Credentials go in and never come out. */
export function TargetFields({
  initial,
  isNew,
  readOnly,
}: {
  initial: TargetForm;
  isNew: boolean;
  readOnly: boolean;
}) {
  const api = useApi();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isNew) nameField.current?.focus();
  }, [isNew]);
  const { errors, input, name } = readForm(form, isNew);
  const shown: FormErrors = tried ? errors : {};
  const own = { form, errors: shown, isNew, readOnly, change: setForm };
  const changed = JSON.stringify(form) !== JSON.stringify(initial);
  const save = useMutation({
    mutationFn: () => {
      if (input === undefined || name === undefined)
        throw new UserError("invalid", "The form is not complete.");
      return putTarget(api, name, input);
    },
    onSuccess: (target) => {
      void queries.invalidateQueries({ queryKey: ["targets"] });
      toast({
        verdict: "completed",
        title: isNew ? `${target.name} is added` : `${target.name} is saved`,
        message: "Test the connection to see that it answers.",
      });
      if (isNew) void navigate({ to: "/targets/$name", params: { name: target.name } });
    },
  });
  const problem = save.error === null ? undefined : toUserError(save.error);
  const text = (field: "name" | "host" | "port") => ({
    value: form[field],
    error: shown[field],
    readOnly,
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      setForm(field === "name" ? { ...form, name: value } : moved(form, { [field]: value })),
  });
  return (
    <form
      className="target-form"
      aria-label={isNew ? "New target" : `Settings of ${initial.name}`}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // Drawn at once, so that the first field that does not fit can be gone to.
        flushSync(() => setTried(true));
        if (input === undefined) firstWrong(event.currentTarget)?.focus();
        else if (!save.isPending) save.mutate();
      }}
    >
      <div className="scroll">
        <fieldset>
          <legend>Address</legend>
          <TextInput
            label={isNew ? "Name, which stays" : "Name"}
            placeholder="shop-staging"
            {...text("name")}
            readOnly={!isNew}
            ref={nameField}
          />
          <Select
            label="Kind"
            data={kinds}
            value={form.kind}
            readOnly={!isNew}
            allowDeselect={false}
            onChange={(value) =>
              setForm(ofKind(form, TargetKind.options.find((kind) => kind === value) ?? form.kind))
            }
          />
          <TextInput
            label="Host"
            placeholder={form.kind === "ssh" ? "host.internal.example" : "db.internal.example"}
            {...text("host")}
          />
          <TextInput label="Port" inputMode="numeric" {...text("port")} />
        </fieldset>
        {form.kind === "ssh" ? <SshFields {...own} /> : <PostgresFields {...own} />}
        <fieldset>
          <legend>Policy</legend>
          <TagsInput
            className="wide"
            size="xs"
            label="Tags"
            description="Policies speak of tags: env=prod is treated as production"
            placeholder="name=value"
            error={shown["tags"]}
            readOnly={readOnly}
            value={form.tags}
            onChange={(tags) => setForm({ ...form, tags })}
          />
          <Switch
            className="wide"
            label="Disabled: nobody opens it, and its sessions end"
            disabled={readOnly}
            checked={form.disabled}
            onChange={(event) => setForm({ ...form, disabled: event.currentTarget.checked })}
          />
        </fieldset>
      </div>
      {readOnly ? null : (
        <footer className="savebar" aria-label="Save">
          <p className="f12 el sp" role="status">
            {problem === undefined ? (
              <span className={tried && Object.keys(errors).length > 0 ? "fg t-stop" : "t2"}>
                {tried && Object.keys(errors).length > 0
                  ? "Some fields do not fit yet."
                  : changed
                    ? isNew
                      ? ""
                      : "A new address, credential or tag ends what was approved for the old one."
                    : isNew
                      ? ""
                      : "No change"}
              </span>
            ) : (
              <span className="fg t-stop">
                <b>{problem.message}</b> {problem.hint}
              </span>
            )}
          </p>
          <Button
            onClick={() => (isNew ? void navigate({ to: "/targets" }) : setForm(initial))}
            disabled={!isNew && !changed}
          >
            {isNew ? "Cancel" : "Discard"}
          </Button>
          <Button type="submit" variant="filled" disabled={!isNew && !changed} loading={save.isPending}>
            {isNew ? "Connect" : "Save"}
          </Button>
        </footer>
      )}
    </form>
  );
}

const firstWrong = (form: HTMLElement) => form.querySelector<HTMLElement>("[aria-invalid=true]");
