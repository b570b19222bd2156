import { TargetName } from "../../shared/ids.ts";
import {
  PostgresAddress,
  Tags,
  PostgresTargetInput,
  type PostgresTarget,
  type TargetInput,
} from "../../shared/nouns/target.ts";

/** A target as it is being typed: everything a text, until it is read. */
export type TargetForm = {
  name: string;
  host: string;
  port: string;
  database: string;
  user: string;
  password: string;
  tls: "off" | "require" | "verify";
  tlsCa: string;
  /** `env=prod`. */
  tags: string[];
  disabled: boolean;
};

export const emptyForm: TargetForm = {
  name: "",
  host: "",
  port: "5432",
  database: "",
  user: "",
  password: "",
  tls: "verify",
  tlsCa: "",
  tags: ["env=staging"],
  disabled: false,
};

export function formOf({ name, address, user, tags, disabled }: PostgresTarget): TargetForm {
  const { host, port, database, tls, tlsCa } = address;
  return {
    name,
    host,
    port: String(port),
    database,
    user,
    password: "",
    tls,
    tlsCa: tlsCa ?? "",
    tags: Object.entries(tags).map(([key, value]) => `${key}=${value}`),
    disabled,
  };
}

export type FormErrors = Partial<Record<keyof TargetForm, string>>;

/** Reads a form. A password left empty keeps the sealed one; `isNew`: there is none to keep. */
export function readForm(
  form: TargetForm,
  isNew: boolean,
): { errors: FormErrors; input?: TargetInput; name?: string } {
  const errors: FormErrors = {};
  const name = TargetName.safeParse(form.name);
  if (!name.success) errors.name = "Lower case letters, digits and dashes, at most 63.";
  if (!PostgresAddress.shape.host.safeParse(form.host.trim()).success)
    errors.host = "A host name or an address.";
  if (!PostgresAddress.shape.port.safeParse(Number(form.port)).success) errors.port = "1 to 65535.";
  if (form.database.trim() === "") errors.database = "Which database on that server.";
  if (form.user.trim() === "") errors.user = "The user that the gateway connects as.";
  if (isNew && form.password === "") errors.password = "It is sealed, and never shown again.";
  const pairs = form.tags.map((tag) => tag.split("=").map((part) => part.trim()));
  const tags = Tags.safeParse(Object.fromEntries(pairs));
  if (!tags.success || pairs.some((parts) => parts.length !== 2))
    errors.tags = "Each tag is name=value, such as env=prod.";
  if (Object.keys(errors).length > 0 || !tags.success || !name.success) return { errors };
  const input = PostgresTargetInput.safeParse({
    kind: "postgres",
    host: form.host.trim(),
    port: Number(form.port),
    database: form.database.trim(),
    user: form.user.trim(),
    ...(form.password !== "" && { password: form.password }),
    tls: form.tls,
    ...(form.tls === "verify" && form.tlsCa.trim() !== "" && { tlsCa: form.tlsCa.trim() }),
    tags: tags.data,
    disabled: form.disabled,
  });
  return input.success
    ? { errors, input: input.data, name: name.data }
    : { errors: { host: input.error.issues[0]?.message ?? "It does not fit." } };
}
