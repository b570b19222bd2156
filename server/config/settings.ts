import { createHash } from "node:crypto";
import { z } from "zod";
import { Role } from "../../shared/nouns/actor.ts";
import type { KeepRule, SealingKey } from "./config.ts";

/** One thing that an administrator may set. `about` is the sentence that the documentation shows. */
export type Setting = {
  about: string;
  /** Reads the text; its messages complete "NAME ...". */
  schema: z.ZodType<unknown, string>;
  default?: string;
  /** Never shown; may also come from the file that `<NAME>_FILE` names. */
  secret?: true;
  /** Production refuses to start without it. */
  production?: "required";
};

const sealingKeyBytes = 32;

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

const text = z.string();

const words = z.string().transform((value) => value.split(/[\s,]+/).filter((word) => word !== ""));

const url = (...protocols: string[]) =>
  z.string().refine(
    (value) => {
      const parsed = URL.canParse(value) ? new URL(value) : undefined;
      return parsed !== undefined && protocols.includes(parsed.protocol) && !parsed.hash;
    },
    `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  );

/** Tokens and sign-in cross the network, so plain http is for the same machine alone. */
const secureUrl = url("https:", "http:").refine((value) => {
  const { protocol, hostname } = new URL(value);
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}, "must start with https:// (http:// is for localhost alone)");

const origin = secureUrl
  .refine(
    (value) => new URL(value).pathname === "/" && !new URL(value).search,
    "must be an origin, without a path",
  )
  .transform((value) => new URL(value).origin);

const asymmetric = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

const algorithms = words.refine(
  (list) => list.length > 0 && list.every((name) => asymmetric.includes(name)),
  `must be a list out of ${asymmetric.join(", ")}`,
);

const groupRoles = z
  .string()
  .transform((value, context) => {
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "must be JSON" });
      return z.NEVER;
    }
  })
  .pipe(
    z.record(z.string(), z.array(Role), {
      error: `must be a JSON object of group id to roles out of ${Role.options.join(", ")}`,
    }),
  );

const sealingKeys = words.transform((list, context): SealingKey[] => {
  const keys = list.map((entry): SealingKey => {
    const [, id, encoded = ""] = /^(?:([A-Za-z0-9_-]{1,32}):)?(.*)$/.exec(entry) ?? [];
    const key = Buffer.from(encoded, "base64");
    return { id: id ?? createHash("sha256").update(key).digest("hex").slice(0, 8), key };
  });
  if (keys.length === 0 || keys.some(({ key }) => key.length !== sealingKeyBytes))
    context.addIssue({
      code: "custom",
      message: `must be one or more keys of ${sealingKeyBytes} bytes in base64`,
    });
  if (new Set(keys.map(({ id }) => id)).size !== keys.length)
    context.addIssue({ code: "custom", message: "must not use a key id twice" });
  return keys;
});

/** `env=staging:30, *:365`: a tag or everything, and days. */
const keepRules = words.transform((list, context): KeepRule[] =>
  list.flatMap((text) => {
    const [, name, value, days] = /^(?:\*|([^=:\s]{1,63})=([^:\s]{1,200})):(\d{1,5})$/.exec(text) ?? [];
    if (days === undefined) {
      context.addIssue({ code: "custom", message: "must be rules like env=staging:30 or *:365, in days" });
      return [];
    }
    const rule = { days: Number(days), text };
    return [name === undefined || value === undefined ? rule : { ...rule, tag: { name, value } }];
  }),
);

const required = "required" as const;

/** Every setting, by the name of its environment variable. The documentation is generated from it. */
export const settings = {
  PORT: { about: "TCP port of the portal.", schema: whole(1, 65_535), default: "8080" },
  SLUICE_HOST: {
    about:
      "Address to listen on. In demo mode only loopback addresses. Default: 127.0.0.1, in production 0.0.0.0.",
    schema: text,
  },
  SLUICE_DATA: {
    about: "Folder for recordings, and in demo mode for everything.",
    schema: text,
    default: "./data",
  },
  SLUICE_FILE: {
    about: "Declarative file: targets, classes of data and policies, applied at start.",
    schema: text,
  },
  SLUICE_PUBLIC_URL: {
    about: "Origin that browsers use; requests with another Origin or Host are refused.",
    schema: origin,
    production: required,
  },
  SLUICE_HOSTS: {
    about:
      "Other values of Host that are served, separated by commas: the name by which a proxy or the edge calls the gateway.",
    schema: words.transform((list) => list.map((host) => host.toLowerCase())),
    default: "",
  },
  SLUICE_LOG_LEVEL: {
    about: "How much is logged: debug, info, warn or error.",
    schema: z.enum(["debug", "info", "warn", "error"], { error: "must be debug, info, warn or error" }),
    default: "info",
  },
  SLUICE_STORE_URL: {
    about: "PostgreSQL database that holds the gateway's own data.",
    schema: url("postgres:", "postgresql:"),
    secret: true,
    production: required,
  },
  SLUICE_SEALING_KEY: {
    about:
      "Keys that seal targets' credentials: 32 bytes in base64, each optionally as `id:key`, separated by commas. The first seals, all open, so a key is rotated by putting a new one in front.",
    schema: sealingKeys,
    secret: true,
    production: required,
  },
  SLUICE_ISSUER: {
    about:
      "Issuer of tokens, exactly as in their `iss`. Entra ID: https://login.microsoftonline.com/TENANT/v2.0",
    schema: secureUrl,
    production: required,
  },
  SLUICE_AUDIENCE: { about: "What a token's `aud` must contain.", schema: text, production: required },
  SLUICE_CLIENT_ID: {
    about: "The portal's public client at the issuer.",
    schema: text,
    production: required,
  },
  SLUICE_SCOPE: {
    about: "Scopes that the portal asks for. Entra ID: api://CLIENT-ID/access_as_user",
    schema: words.refine((list) => list.length > 0, "must name a scope"),
    production: required,
  },
  SLUICE_TENANT: { about: "What a token's `tid` must be, where the issuer has tenants.", schema: text },
  SLUICE_DISCOVERY_URL: {
    about: "Address of the discovery document, if not below the issuer.",
    schema: secureUrl,
  },
  SLUICE_ALGORITHMS: {
    about: "Accepted signature algorithms.",
    schema: algorithms,
    default: "RS256,PS256,ES256",
  },
  SLUICE_CLAIM_GROUPS: { about: "Claim with the ids of groups.", schema: text, default: "groups" },
  SLUICE_CLAIM_ROLES: { about: "Claim with the names of roles.", schema: text, default: "roles" },
  SLUICE_CLAIM_PERSON: {
    about: "Claim that is the same for every login of one person. Entra ID: oid",
    schema: text,
    default: "sub",
  },
  SLUICE_CLAIM_OWNER: {
    about: "Claim of a workload's token that names the person who owns it.",
    schema: text,
    default: "owner",
  },
  SLUICE_CLAIM_KIND: {
    about: "Claim that tells a workload (`workload`, `app`) from a human. Entra ID: idtyp",
    schema: text,
  },
  SLUICE_CLAIM_NAME: { about: "Claim with a name for people to read.", schema: text, default: "name" },
  SLUICE_GROUP_ROLES: {
    about: 'Roles by group id, as JSON: {"8f1c...": ["reviewer"]}',
    schema: groupRoles,
    default: "{}",
  },
  SLUICE_SESSIONS_PER_ACTOR: {
    about: "Open sessions that one actor may have.",
    schema: whole(1, 1_000),
    default: "10",
  },
  SLUICE_SESSION_IDLE_MS: {
    about: "A session without a command for this long is closed.",
    schema: whole(1_000, 86_400_000),
    default: "1800000",
  },
  SLUICE_SESSION_LIFETIME_MS: {
    about: "A session is closed after this long in any case.",
    schema: whole(1_000, 604_800_000),
    default: "28800000",
  },
  SLUICE_STATEMENT_TIMEOUT_MS: {
    about: "A statement is cancelled at the target after this long, unless a policy says less.",
    schema: whole(100, 86_400_000),
    default: "60000",
  },
  SLUICE_NEW_COLUMNS: {
    about:
      "A column that appears in a relation with classified ones, and has no class: `hold` redacts it until somebody gives it a class or `none`, `show` shows it.",
    schema: z.enum(["hold", "show"], { error: "must be hold or show" }),
    default: "hold",
  },
  SLUICE_KEEP_RECORDINGS: {
    about:
      "Days after its session's end that a recording is kept, with the text of its commands in the search: `env=staging:30, *:365`. The first rule that fits a target's tags counts; what none fits is kept.",
    schema: keepRules,
    default: "",
  },
  SLUICE_KEEP_TEXTS: {
    about:
      "The same for what the ledger's entries say of commands and reviews. Their hashes stay, so that the chain verifies.",
    schema: keepRules,
    default: "",
  },
  SLUICE_VERIFY_EVERY_MS: {
    about:
      "The check of the evidence that goes on in the background begins again at the first entry after this long.",
    schema: whole(1_000, 86_400_000),
    default: "900000",
  },
  SLUICE_MAX_BODY_BYTES: {
    about: "Requests with a larger body are refused.",
    schema: whole(1_024, 67_108_864),
    default: "1048576",
  },
  SLUICE_PARSER_WORKERS: { about: "Threads that parse SQL.", schema: whole(1, 64), default: "2" },
  SLUICE_REQUESTS_PER_SECOND: {
    about: "Requests of one actor that one gateway answers each second; five times as many at once.",
    schema: whole(1, 1_000_000),
    default: "200",
  },
  SLUICE_COMMANDS_PER_ACTOR: {
    about:
      "Commands of one actor that are under way in one gateway at once, those that wait for their turn included.",
    schema: whole(1, 10_000),
    default: "50",
  },
  SLUICE_COMMANDS_PER_TARGET: {
    about: "Commands at one target that are under way in one gateway at once, lines in terminals included.",
    schema: whole(1, 100_000),
    default: "200",
  },
  SLUICE_BAD_CREDENTIALS_PER_MINUTE: {
    about:
      "Tokens and tickets from one address that one gateway refuses each minute before it looks at no more new ones from there; those that it knows go on. 0, where a proxy in front shows one address for all.",
    schema: whole(0, 1_000_000),
    default: "600",
  },
  SLUICE_STORE_CONNECTIONS: {
    about: "Connections to the gateway's own database.",
    schema: whole(2, 500),
    default: "10",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

type Parsed<Name extends SettingName> = z.output<(typeof settings)[Name]["schema"]>;

/** What was read. A setting without a default is undefined where nobody set it. */
export type SettingValues = {
  [Name in SettingName]: (typeof settings)[Name] extends { default: string }
    ? Parsed<Name>
    : Parsed<Name> | undefined;
};
