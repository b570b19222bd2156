import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import type { Config, IssuerConfig, Secrets } from "./config.ts";
import { type Setting, type SettingName, type SettingValues, settings } from "./settings.ts";

type Environment = Record<string, string | undefined>;

/** Thrown once, with everything that is missing or wrong. Never carries a value of a secret. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      ["Sluice cannot start with this configuration:", ...problems.map((line) => `  - ${line}`)].join("\n"),
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

const loopbackHosts = ["127.0.0.1", "::1", "localhost"];

/** Variables that begin with SLUICE_ and are no settings: how settings are found, and what our own tools use. */
const notSettings = /^SLUICE_(MODE|CONFIG|(TEST|DEV|BENCH|E2E)_.*)$/;

/** Production's own settings: in demo mode they mean that somebody expects production. */
const productionOnly: readonly SettingName[] = [
  "SLUICE_STORE_URL",
  "SLUICE_SEALING_KEY",
  "SLUICE_ISSUER",
  "SLUICE_AUDIENCE",
  "SLUICE_CLIENT_ID",
  "SLUICE_TENANT",
];

const ConfigFile = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.array(z.string()), z.record(z.string(), z.unknown())]),
);

/**
 * Reads environment variables, and the YAML file that `SLUICE_CONFIG` names where there is one: a map of the
 * same names, over which the environment wins. `SLUICE_MODE` is `demo` or `production`; what is not said to be
 * a demo is production, so that none is switched on by accident. Relative paths start at `directory`.
 * Throws ConfigError.
 */
export function loadConfig(env: Environment, directory: string): { config: Config; secrets: Secrets } {
  const problems: string[] = [];
  const mode = env["SLUICE_MODE"] || "production";
  if (mode !== "demo" && mode !== "production") problems.push("SLUICE_MODE must be demo or production");

  const texts = gather(env, directory, problems);
  if (mode === "demo") {
    for (const name of productionOnly)
      if (texts[name] !== undefined)
        problems.push(`${name} is set, but this is the demo: unset it, or set SLUICE_MODE=production`);
    const host = texts["SLUICE_HOST"];
    if (host !== undefined && !loopbackHosts.includes(host))
      problems.push("SLUICE_HOST must be a loopback address: the demo is not for others to reach");
  } else {
    for (const name of names)
      if ((settings[name] as Setting).production === "required" && texts[name] === undefined)
        problems.push(`${name} is missing. ${settings[name].about}`);
  }
  const values = read(texts, problems);
  if (!isComplete(values, problems)) throw new ConfigError(problems);
  return assemble(values, mode === "demo" ? "demo" : "production", directory);
}

const isSetting = (name: string): name is SettingName => Object.hasOwn(settings, name);
const names = Object.keys(settings).filter(isSetting);

/** The text of each setting that is set. An empty variable counts as not set. */
function gather(
  env: Environment,
  directory: string,
  problems: string[],
): Partial<Record<SettingName, string>> {
  const file = env["SLUICE_CONFIG"] ? readConfigFile(resolve(directory, env["SLUICE_CONFIG"]), problems) : {};
  const known = new Set<string>(
    names.flatMap((name) => ("secret" in settings[name] ? [name, `${name}_FILE`] : [name])),
  );
  const said = [...Object.keys(file), ...Object.keys(env).filter((name) => name.startsWith("SLUICE_"))];
  for (const name of new Set(said))
    if (!known.has(name) && !notSettings.test(name)) problems.push(`${name} is not a setting`);

  const texts: Partial<Record<SettingName, string>> = {};
  for (const name of names) {
    const text = env[name] || file[name] || undefined;
    const path =
      "secret" in settings[name] ? env[`${name}_FILE`] || file[`${name}_FILE`] || undefined : undefined;
    if (text !== undefined && path !== undefined)
      problems.push(`${name} and ${name}_FILE are both set: keep one`);
    texts[name] =
      text ?? (path === undefined ? undefined : readText(resolve(directory, path), `${name}_FILE`, problems));
  }
  return texts;
}

function readConfigFile(path: string, problems: string[]): Record<string, string> {
  const content = readText(path, "SLUICE_CONFIG", problems);
  if (content === undefined) return {};
  let document: unknown;
  try {
    document = parseYaml(content);
  } catch {
    // The parser's message quotes the text, which may hold a secret.
    problems.push(`SLUICE_CONFIG names ${path}, which is not YAML`);
    return {};
  }
  const parsed = ConfigFile.safeParse(document ?? {});
  if (!parsed.success) {
    problems.push(`SLUICE_CONFIG names ${path}, which is not a map of settings`);
    return {};
  }
  return Object.fromEntries(
    Object.entries(parsed.data).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? value.join(",")
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value),
    ]),
  );
}

function readText(path: string, name: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    problems.push(`${name} names ${path}, which cannot be read (${code})`);
    return undefined;
  }
}

function read(texts: Partial<Record<SettingName, string>>, problems: string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const setting: Setting = settings[name];
    const text = texts[name] ?? setting.default;
    if (text === undefined) continue;
    const parsed = setting.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name} ${parsed.error.issues.map((issue) => issue.message).join(", ")}`);
  }
  return values;
}

/** Each value is what the schema of its own setting gave, so one that is there is of its type. */
const isComplete = (values: Record<string, unknown>, problems: readonly string[]): values is SettingValues =>
  problems.length === 0 && names.every((name) => !("default" in settings[name]) || name in values);

function assemble(
  values: SettingValues,
  mode: Config["mode"],
  directory: string,
): { config: Config; secrets: Secrets } {
  const port = values.PORT;
  const publicUrl = values.SLUICE_PUBLIC_URL ?? `http://localhost:${port}`;
  const loopback = mode === "demo" ? loopbackOrigins(port) : [];
  const origins = [...new Set([publicUrl, ...loopback])];
  const config: Config = {
    mode,
    listen: { host: values.SLUICE_HOST ?? (mode === "demo" ? "127.0.0.1" : "0.0.0.0"), port },
    publicUrl,
    origins,
    hosts: [...new Set([...origins.map((origin) => new URL(origin).host), ...values.SLUICE_HOSTS])],
    dataDir: resolve(directory, values.SLUICE_DATA),
    issuers: mode === "demo" ? [] : [issuerOf(values)],
    ...(values.SLUICE_FILE === undefined ? {} : { file: resolve(directory, values.SLUICE_FILE) }),
    logLevel: values.SLUICE_LOG_LEVEL,
    newColumns: values.SLUICE_NEW_COLUMNS,
    keep: { recordings: values.SLUICE_KEEP_RECORDINGS, texts: values.SLUICE_KEEP_TEXTS },
    verifyEveryMs: values.SLUICE_VERIFY_EVERY_MS,
    limits: {
      sessionsPerActor: values.SLUICE_SESSIONS_PER_ACTOR,
      sessionIdleMs: values.SLUICE_SESSION_IDLE_MS,
      sessionLifetimeMs: values.SLUICE_SESSION_LIFETIME_MS,
      statementTimeoutMs: values.SLUICE_STATEMENT_TIMEOUT_MS,
      maxBodyBytes: values.SLUICE_MAX_BODY_BYTES,
      parserWorkers: values.SLUICE_PARSER_WORKERS,
      storeConnections: values.SLUICE_STORE_CONNECTIONS,
      requestsPerSecond: values.SLUICE_REQUESTS_PER_SECOND,
      commandsPerActor: values.SLUICE_COMMANDS_PER_ACTOR,
      commandsPerTarget: values.SLUICE_COMMANDS_PER_TARGET,
      badCredentialsPerMinute: values.SLUICE_BAD_CREDENTIALS_PER_MINUTE,
    },
  };
  return {
    config,
    secrets: { storeUrl: values.SLUICE_STORE_URL ?? null, sealingKeys: values.SLUICE_SEALING_KEY ?? [] },
  };
}

/** People reach a gateway on their own machine by either name. */
const loopbackOrigins = (port: number): string[] =>
  ["localhost", "127.0.0.1"].map((host) => new URL(`http://${host}:${port}`).origin);

function issuerOf(values: SettingValues): IssuerConfig {
  return {
    issuer: values.SLUICE_ISSUER ?? "",
    audience: values.SLUICE_AUDIENCE ?? "",
    clientId: values.SLUICE_CLIENT_ID ?? "",
    scopes: values.SLUICE_SCOPE ?? [],
    algorithms: values.SLUICE_ALGORITHMS,
    ...(values.SLUICE_TENANT === undefined ? {} : { tenant: values.SLUICE_TENANT }),
    claims: {
      groups: values.SLUICE_CLAIM_GROUPS,
      roles: values.SLUICE_CLAIM_ROLES,
      person: values.SLUICE_CLAIM_PERSON,
      owner: values.SLUICE_CLAIM_OWNER,
      ...(values.SLUICE_CLAIM_KIND === undefined ? {} : { kind: values.SLUICE_CLAIM_KIND }),
      name: values.SLUICE_CLAIM_NAME,
    },
    groupRoles: values.SLUICE_GROUP_ROLES,
    ...(values.SLUICE_DISCOVERY_URL === undefined ? {} : { discoveryUrl: values.SLUICE_DISCOVERY_URL }),
  };
}
