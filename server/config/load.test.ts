import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError, loadConfig } from "./load.ts";

const directory = mkdtempSync(join(tmpdir(), "sluice-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

const key = randomBytes(32).toString("base64");
const production = {
  SLUICE_MODE: "production",
  SLUICE_PUBLIC_URL: "https://sluice.example",
  SLUICE_STORE_URL: "postgres://sluice:hunter2@db.example/sluice",
  SLUICE_SEALING_KEY: key,
  SLUICE_ISSUER: "https://login.example/tenant/v2.0",
  SLUICE_AUDIENCE: "sluice",
  SLUICE_CLIENT_ID: "portal",
  SLUICE_SCOPE: "api://sluice/access_as_user",
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env, directory);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("production", () => {
  it("is what an unsaid mode means", () => {
    expect(loadConfig({ ...production, SLUICE_MODE: "" }, directory).config.mode).toBe("production");
  });

  it("takes rules of retention as they are written, and refuses what is none", () => {
    const { keep } = loadConfig(
      { ...production, SLUICE_KEEP_RECORDINGS: "env=staging:30, *:365" },
      directory,
    ).config;
    expect(keep).toEqual({
      recordings: [
        { tag: { name: "env", value: "staging" }, days: 30, text: "env=staging:30" },
        { days: 365, text: "*:365" },
      ],
      texts: [],
    });
    for (const SLUICE_KEEP_TEXTS of ["30", "env:30", "*:-1", "*:1.5", "env=:3", "*:30d"])
      expect(problemsOf({ ...production, SLUICE_KEEP_TEXTS })).toEqual([
        "SLUICE_KEEP_TEXTS must be rules like env=staging:30 or *:365, in days",
      ]);
  });

  it("names everything that is missing at once", () => {
    const said = problemsOf({}).map((problem) => problem.split(" ")[0]);
    expect(said).toEqual(Object.keys(production).filter((name) => name !== "SLUICE_MODE"));
  });

  it("names everything that is wrong at once, and shows no secret", () => {
    const said = problemsOf({
      ...production,
      PORT: "eighty",
      SLUICE_ISSUER: "http://login.example",
      SLUICE_SEALING_KEY: "c2hvcnQtc2VjcmV0",
      SLUICE_STORE_URL: "mysql://root:hunter2@db.example",
      SLUICE_GROUP_ROLES: '{"g": ["emperor"]}',
      SLUICE_ALGORITHMS: "RS256,none",
      SLUICE_SEALINGKEY: key,
    }).join("\n");
    for (const name of [
      "PORT",
      "ISSUER",
      "SEALING_KEY",
      "STORE_URL",
      "GROUP_ROLES",
      "ALGORITHMS",
      "SEALINGKEY",
    ])
      expect(said).toContain(name);
    expect(said).not.toMatch(/hunter2|c2hvcnQ/);
  });

  it("reads issuer, keys and limits", () => {
    const { config, secrets } = loadConfig(
      {
        ...production,
        SLUICE_SEALING_KEY: `2027:${key},2026:${randomBytes(32).toString("base64")}`,
        SLUICE_GROUP_ROLES: '{"8f1c": ["reviewer", "auditor"]}',
        SLUICE_CLAIM_PERSON: "oid",
        SLUICE_MAX_BODY_BYTES: "2048",
      },
      directory,
    );
    expect(config.issuers).toMatchObject([
      {
        issuer: production.SLUICE_ISSUER,
        claims: { person: "oid" },
        groupRoles: { "8f1c": ["reviewer", "auditor"] },
      },
    ]);
    expect(config).toMatchObject({ origins: ["https://sluice.example"], hosts: ["sluice.example"] });
    expect(config.limits.maxBodyBytes).toBe(2048);
    expect(secrets.sealingKeys.map(({ id }) => id)).toEqual(["2027", "2026"]);
    expect(secrets.sealingKeys[0]?.key.toString("base64")).toBe(key);
  });

  it("gives a key without an id the same id at every start", () => {
    const ids = [1, 2].map(() => loadConfig(production, directory).secrets.sealingKeys[0]?.id);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it("takes secrets from files, and the rest from a file of settings over which the environment wins", () => {
    writeFileSync(join(directory, "key"), `${key}\n`);
    writeFileSync(
      join(directory, "settings.yaml"),
      "SLUICE_SEALING_KEY_FILE: key\nSLUICE_AUDIENCE: other\nPORT: 9000\nSLUICE_GROUP_ROLES: {g1: [auditor]}\n",
    );
    const { SLUICE_SEALING_KEY: _, ...rest } = production;
    const { config, secrets } = loadConfig({ ...rest, SLUICE_CONFIG: "settings.yaml" }, directory);
    expect(secrets.sealingKeys).toHaveLength(1);
    expect(config.listen).toEqual({ host: "0.0.0.0", port: 9000 });
    expect(config.issuers[0]).toMatchObject({ audience: "sluice", groupRoles: { g1: ["auditor"] } });
  });

  it("refuses unknown settings in the file, and a file that is not there", () => {
    writeFileSync(join(directory, "typo.yaml"), "SLUICE_AUDIENSE: other\n");
    expect(problemsOf({ ...production, SLUICE_CONFIG: "typo.yaml" })).toEqual([
      "SLUICE_AUDIENSE is not a setting",
    ]);
    expect(problemsOf({ ...production, SLUICE_CONFIG: "absent.yaml" })).toHaveLength(1);
  });
});

describe("demo", () => {
  it("needs nothing, and is reached by loopback names alone", () => {
    const { config, secrets } = loadConfig({ SLUICE_MODE: "demo", PORT: "18080" }, directory);
    expect(config).toMatchObject({ mode: "demo", listen: { host: "127.0.0.1", port: 18080 }, issuers: [] });
    expect(config.hosts).toEqual(["localhost:18080", "127.0.0.1:18080"]);
    expect(config.dataDir).toBe(join(directory, "data"));
    expect(secrets).toEqual({ storeUrl: null, sealingKeys: [] });
  });

  it("is refused beside settings that only production reads", () => {
    expect(problemsOf({ ...production, SLUICE_MODE: "demo" }).join()).toContain("SLUICE_STORE_URL");
  });

  it("is refused on an address that others reach", () => {
    expect(problemsOf({ SLUICE_MODE: "demo", SLUICE_HOST: "0.0.0.0" })).toHaveLength(1);
  });

  it("is not switched on by a mode that is not known", () => {
    expect(problemsOf({ SLUICE_MODE: "Demo" }).join()).toContain("SLUICE_MODE");
  });
});
