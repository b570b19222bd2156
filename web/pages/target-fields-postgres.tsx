import { PasswordInput, Select, Textarea, TextInput } from "@mantine/core";
import type { FormErrors } from "./target-form-address.ts";
import type { TargetForm } from "./target-form.ts";

const tlsModes = [
  { value: "verify", label: "Verify the certificate" },
  { value: "require", label: "Encrypt, do not verify" },
  { value: "off", label: "Off: loopback only" },
] as const;

/** What is PostgreSQL's own: which database, over which TLS, with which password. */
export function PostgresFields({
  form,
  errors,
  isNew,
  readOnly,
  change,
}: {
  form: TargetForm;
  errors: FormErrors;
  isNew: boolean;
  readOnly: boolean;
  change: (form: TargetForm) => void;
}) {
  const text = (field: "database" | "user") => ({
    value: form[field],
    error: errors[field],
    readOnly,
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      change({ ...form, [field]: value }),
  });
  return (
    <>
      <fieldset>
        <legend>Database</legend>
        <TextInput label="Database" {...text("database")} />
        <Select
          label="TLS"
          data={[...tlsModes]}
          value={form.tls}
          readOnly={readOnly}
          onChange={(value) =>
            change({ ...form, tls: tlsModes.find((mode) => mode.value === value)?.value ?? "verify" })
          }
        />
        {form.tls === "verify" ? (
          <Textarea
            className="wide"
            label="Certificate authority, PEM"
            description="Left empty, the system's authorities count"
            autosize
            minRows={2}
            maxRows={6}
            readOnly={readOnly}
            value={form.tlsCa}
            onChange={(event) => change({ ...form, tlsCa: event.currentTarget.value })}
          />
        ) : null}
      </fieldset>
      <fieldset>
        <legend>Credential</legend>
        <TextInput label="User" autoComplete="off" {...text("user")} />
        <PasswordInput
          label="Password"
          placeholder={isNew ? "" : "unchanged: the sealed one stays"}
          autoComplete="new-password"
          error={errors["password"]}
          readOnly={readOnly}
          value={form.password}
          visibilityToggleButtonProps={{ "aria-label": "Show what I typed" }}
          onChange={(event) => change({ ...form, password: event.currentTarget.value })}
        />
        <p className="wide f11 t3">
          Sealed in the gateway's vault. Nobody who uses the target ever sees it, here neither.
        </p>
      </fieldset>
    </>
  );
}
