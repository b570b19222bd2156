import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useRef } from "react";
import type { FormErrors } from "./target-form-address.ts";
import { HostKeyFields } from "./target-fields-host-keys.tsx";
import { ProofFields } from "./target-fields-proof.tsx";
import { moved, newJump, type JumpForm } from "./target-form-ssh.ts";
import type { TargetForm } from "./target-form.ts";

/** As many as the gateway goes through. */
const mostJumps = 3;

type Props = {
  form: TargetForm;
  errors: FormErrors;
  isNew: boolean;
  readOnly: boolean;
  change: (form: TargetForm) => void;
};

/** What is SSH's own: by which keys the host is known, how the gateway signs in, and the hosts on the way. */
export function SshFields({ form, errors, isNew, readOnly, change }: Props) {
  return (
    <>
      <fieldset>
        <legend>Host keys</legend>
        <HostKeyFields
          of="the host"
          place={form}
          error={errors["hostKeys"]}
          readOnly={readOnly}
          pin={(hostKeys) => change({ ...form, hostKeys })}
        />
      </fieldset>
      <fieldset>
        <legend>Credential</legend>
        <TextInput
          label="User"
          autoComplete="off"
          value={form.user}
          error={errors["user"]}
          readOnly={readOnly}
          onChange={(event) => change({ ...form, user: event.currentTarget.value })}
        />
        <ProofFields
          proof={form.proof}
          errors={errors}
          isNew={isNew}
          readOnly={readOnly}
          change={(proof) => change({ ...form, proof })}
        />
        <p className="wide f11 t3">
          Sealed in the gateway's vault. Nobody who uses the target ever sees it, here neither; no agent, port
          or display is forwarded.
        </p>
      </fieldset>
      <Jumps form={form} errors={errors} isNew={isNew} readOnly={readOnly} change={change} />
    </>
  );
}

function Jumps({ form, errors, isNew, readOnly, change }: Props) {
  const added = useRef(0);
  const { jumps } = form;
  const set = (index: number, jump: JumpForm) => change({ ...form, jumps: jumps.with(index, jump) });
  return (
    <>
      {jumps.map((jump, index) => (
        <Jump
          key={jump.id}
          jump={jump}
          number={index + 1}
          errors={ofJump(errors, index)}
          isNew={isNew}
          readOnly={readOnly}
          change={(next) => set(index, next)}
          remove={() => change({ ...form, jumps: jumps.filter((one) => one !== jump) })}
        />
      ))}
      <fieldset>
        <legend className="vh">Way</legend>
        <p className="wide f12 t2">
          {jumps.length === 0
            ? "The gateway reaches the host directly."
            : "The gateway goes through the jump hosts in this order, and speaks to the host inside."}
        </p>
        {readOnly || jumps.length >= mostJumps ? null : (
          <Button
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change({ ...form, jumps: [...jumps, newJump(`added ${added.current++}`)] })}
          >
            Go through a jump host
          </Button>
        )}
      </fieldset>
    </>
  );
}

function ofJump(errors: FormErrors, index: number): FormErrors {
  const start = `${index}.`;
  return Object.fromEntries(
    Object.entries(errors).flatMap(([field, error]) =>
      field.startsWith(start) ? [[field.slice(start.length), error]] : [],
    ),
  );
}

function Jump({
  jump,
  number,
  errors,
  isNew,
  readOnly,
  change,
  remove,
}: Omit<Props, "form" | "change"> & {
  jump: JumpForm;
  number: number;
  change: (jump: JumpForm) => void;
  remove: () => void;
}) {
  const text = (field: "host" | "port" | "user") => ({
    value: jump[field],
    error: errors[field],
    readOnly,
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      change(field === "user" ? { ...jump, user: value } : moved(jump, { [field]: value })),
  });
  return (
    <fieldset>
      <legend>Jump host {number}</legend>
      <TextInput label={`Host of jump host ${number}`} {...text("host")} />
      <TextInput label={`Port of jump host ${number}`} inputMode="numeric" {...text("port")} />
      <HostKeyFields
        of={`jump host ${number}`}
        place={jump}
        error={errors["hostKeys"]}
        readOnly={readOnly}
        pin={(hostKeys) => change({ ...jump, hostKeys })}
      />
      <TextInput label={`User on jump host ${number}`} autoComplete="off" {...text("user")} />
      <ProofFields
        proof={jump.proof}
        errors={errors}
        isNew={isNew}
        readOnly={readOnly}
        change={(proof) => change({ ...jump, proof })}
      />
      {readOnly ? null : (
        <Button
          className="wide"
          variant="subtle"
          color="stop"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={remove}
        >
          Remove jump host {number}
        </Button>
      )}
    </fieldset>
  );
}
