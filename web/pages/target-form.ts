import { TargetName } from "../../shared/ids.ts";
import {
  PostgresTargetInput,
  SshTargetInput,
  Tags,
  type Target,
  type TargetInput,
  type TargetKind,
} from "../../shared/nouns/target.ts";
import { addressErrors, type FormErrors } from "./target-form-address.ts";
import { emptyProof, jumpFormOf, readSsh, type JumpForm, type ProofForm } from "./target-form-ssh.ts";

/** A target as it is being typed: everything a text, until it is read. Both kinds are kept while one is chosen. */
export type TargetForm = {
  kind: TargetKind;
  name: string;
  host: string;
  port: string;
  user: string;
  /** `env=prod`. */
  tags: string[];
  disabled: boolean;
  /** PostgreSQL's own. */
  database: string;
  password: string;
  tls: "off" | "require" | "verify";
  tlsCa: string;
  /** SSH's own. */
  hostKeys: readonly string[];
  proof: ProofForm;
  jumps: readonly JumpForm[];
};

const usualPorts: Record<TargetKind, string> = { postgres: "5432", ssh: "22" };

export const emptyForm: TargetForm = {
  kind: "postgres",
  name: "",
  host: "",
  port: usualPorts.postgres,
  user: "",
  tags: ["env=staging"],
  disabled: false,
  database: "",
  password: "",
  tls: "verify",
  tlsCa: "",
  hostKeys: [],
  proof: emptyProof,
  jumps: [],
};

export function formOf(target: Target): TargetForm {
  const { name, user, tags, disabled } = target;
  const { host, port } = target.address;
  const common = {
    ...{ ...emptyForm, kind: target.kind, name, host, port: String(port), user, disabled },
    tags: Object.entries(tags).map(([key, value]) => `${key}=${value}`),
  };
  if (target.kind === "ssh")
    return {
      ...common,
      hostKeys: target.address.hostKeys,
      proof: { ...emptyProof, ways: [] },
      jumps: target.address.jumps.map(jumpFormOf),
    };
  const { database, tls, tlsCa } = target.address;
  return { ...common, database, tls, tlsCa: tlsCa ?? "" };
}

/** The same form for the other kind: a port that nobody chose follows. */
export const ofKind = (form: TargetForm, kind: TargetKind): TargetForm => ({
  ...form,
  kind,
  port: form.port === usualPorts[form.kind] ? usualPorts[kind] : form.port,
});

/** Reads a form. Credentials left empty keep the sealed ones; `isNew`: there are none to keep. */
export function readForm(
  form: TargetForm,
  isNew: boolean,
): { errors: FormErrors; input?: TargetInput; name?: string } {
  const errors: Record<string, string> = {};
  const name = TargetName.safeParse(form.name);
  if (!name.success) errors["name"] = "Lower case letters, digits and dashes, at most 63.";
  Object.assign(errors, addressErrors(form));
  const pairs = form.tags.map((tag) => tag.split("=").map((part) => part.trim()));
  const tags = Tags.safeParse(Object.fromEntries(pairs));
  if (!tags.success || pairs.some((parts) => parts.length !== 2))
    errors["tags"] = "Each tag is name=value, such as env=prod.";
  const own = form.kind === "ssh" ? readSsh(form, isNew) : readPostgres(form, isNew);
  Object.assign(errors, own.errors);
  if (Object.keys(errors).length > 0 || !tags.success || !name.success) return { errors };
  const common = {
    ...{ host: form.host.trim(), port: Number(form.port), user: form.user.trim() },
    ...{ tags: tags.data, disabled: form.disabled },
  };
  const input =
    form.kind === "ssh"
      ? SshTargetInput.safeParse({ kind: "ssh", ...common, ...own.fields })
      : PostgresTargetInput.safeParse({ kind: "postgres", ...common, ...own.fields });
  return input.success
    ? { errors, input: input.data, name: name.data }
    : { errors: { host: input.error.issues[0]?.message ?? "It does not fit." } };
}

function readPostgres({ database, password, tls, tlsCa }: TargetForm, isNew: boolean) {
  const errors = {
    ...(database.trim() === "" && { database: "Which database on that server." }),
    ...(isNew && password === "" && { password: "It is sealed, and never shown again." }),
  };
  const fields = {
    ...{ database: database.trim(), tls },
    ...(password !== "" && { password }),
    ...(tls === "verify" && tlsCa.trim() !== "" && { tlsCa: tlsCa.trim() }),
  };
  return { errors, fields };
}
