import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Refusal } from "../../shared/contract/errors.ts";
import type { IssuerConfig } from "../config/config.ts";
import { createIdentity } from "./identity.ts";
import { createRates } from "./rates.ts";

const audience = "https://sluice.test/api";
const signing = await generateKeyPair("RS256", { extractable: true });
const stranger = await generateKeyPair("RS256", { extractable: true });
const kid = "first";

let server: Server;
let issuer: string;
let config: IssuerConfig;
let clock = Date.now();
const now = () => clock;

/** A real OpenID provider: the agent's token comes from its token endpoint. */
beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(signing.privateKey)), kid, alg: "RS256", use: "sig" }] },
    clients: [
      {
        client_id: "agent",
        client_secret: "agent-secret",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({
          scope: "sluice",
          audience,
          accessTokenTTL: 600,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    extraTokenClaims: () => ({ groups: ["agents"], owner: "ada", name: "Night job" }),
  });
  server.on("request", provider.callback());
  config = {
    issuer,
    audience,
    clientId: "portal",
    scopes: ["sluice"],
    algorithms: ["RS256", "HS256", "none"],
    claims: {
      groups: "groups",
      roles: "realm.roles",
      person: "sub",
      owner: "owner",
      kind: "kind",
      name: "name",
    },
    groupRoles: { "g-review": ["reviewer"] },
  };
});
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));
beforeEach(() => {
  clock = Date.now();
});

const seconds = () => Math.floor(clock / 1000);
const human = (): JWTPayload => ({
  iss: issuer,
  aud: audience,
  sub: "ada",
  iat: seconds(),
  exp: seconds() + 600,
  scope: "sluice",
  name: "Ada",
  groups: ["g-eng", "g-review"],
  realm: { roles: ["engineer", "owner of everything"] },
});
const sign = (claims: JWTPayload, header: Record<string, unknown> = {}, key = signing.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(key);

const authenticate = (token: string, changed: Partial<IssuerConfig> = {}) =>
  createIdentity({ issuers: [{ ...config, ...changed }], now }).authenticate(token);
/** The code by which a token is refused. */
const refusal = (token: string, changed: Partial<IssuerConfig> = {}): Promise<unknown> =>
  authenticate(token, changed).then(
    () => "accepted",
    (error: unknown) => (error instanceof Refusal ? error.code : error),
  );

test("a workload's token from a real provider becomes an actor", async () => {
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa("agent:agent-secret")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: "sluice" }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  expect(await authenticate(token)).toMatchObject({
    id: `${new URL(issuer).host}|agent`,
    kind: "workload",
    name: "Night job",
    groups: ["agents"],
    owner: `${new URL(issuer).host}|ada`,
    person: `${new URL(issuer).host}|agent`,
  });
});

test("a human has groups, and roles from the claim and from groups", async () => {
  expect(await authenticate(await sign(human()))).toEqual({
    id: `${new URL(issuer).host}|ada`,
    kind: "human",
    name: "Ada",
    issuer,
    subject: "ada",
    groups: ["g-eng", "g-review"],
    roles: ["engineer", "reviewer"],
    person: `${new URL(issuer).host}|ada`,
    issuedAt: new Date(seconds() * 1000).toISOString(),
    tokenExpiresAt: new Date((seconds() + 600) * 1000).toISOString(),
  });
});

test("no token is not the same as a bad one", async () => {
  expect(await refusal("")).toBe("unauthenticated");
  expect(await refusal("nonsense")).toBe("token_invalid");
  expect(await refusal("a.b.c")).toBe("token_invalid");
  expect(await refusal("x".repeat(20_000))).toBe("token_invalid");
});

test("forged signatures are refused: none, HS256 with the public key, a stranger's key", async () => {
  expect(await refusal(new UnsecuredJWT(human()).encode())).toBe("token_invalid");
  const publicPem = new TextEncoder().encode(await exportSPKI(signing.publicKey));
  expect(
    await refusal(await new SignJWT(human()).setProtectedHeader({ alg: "HS256", kid }).sign(publicPem)),
  ).toBe("token_invalid");
  expect(await refusal(await sign(human(), {}, stranger.privateKey))).toBe("token_invalid");
  expect(await refusal(await sign(human(), { kid: "foreign" }, stranger.privateKey))).toBe("token_invalid");
  const good = await sign(human());
  const [head = "", , tail = ""] = good.split(".");
  const other = Buffer.from(JSON.stringify({ ...human(), sub: "eve" })).toString("base64url");
  expect(await refusal(`${head}.${other}.${tail}`)).toBe("token_invalid");
});

test("a key that the token itself brings or names is neither used nor fetched", async () => {
  const fetched: string[] = [];
  const jwk = await exportJWK(stranger.publicKey);
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}/hostile`;
  const identity = createIdentity({
    issuers: [config],
    now,
    fetch: (url, init) => {
      fetched.push(url instanceof Request ? url.url : url.toString());
      return fetch(url, init);
    },
  });
  for (const header of [{ jwk }, { jku: address }, { x5u: address }, { kid: address }]) {
    const token = await sign(human(), header, stranger.privateKey);
    await expect(identity.authenticate(token)).rejects.toMatchObject({ code: "token_invalid" });
  }
  expect(fetched).toEqual([`${issuer}/.well-known/openid-configuration`, `${issuer}/jwks`]);
});

test("what is no signed JWT of the plain form is refused, whatever its parts say", async () => {
  const claims = human();
  const good = await sign(claims);
  const [, payload = "", signature = ""] = good.split(".");
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const certificate = Buffer.from("not a certificate").toString("base64");
  for (const forged of [
    // Encrypted, by its five parts; twice signed; with an extension that must be understood, and is not.
    `${part({ alg: "dir", enc: "A256GCM", kid })}..${part("iv")}.${part("text")}.${part("tag")}`,
    `${part({ alg: "RS256", kid })}.${Buffer.from(good).toString("base64url")}.${signature}`,
    `${part({ alg: "RS256", kid, crit: ["b64"], b64: false })}.${payload}.${signature}`,
    `${part({ alg: "RS256", kid, crit: ["mystery"], mystery: 1 })}.${payload}.${signature}`,
    // Another algorithm over the same key, in whatever letters.
    ...["none", "None", "NONE", "nOnE", "HS256", "HS512", "rs256", "ES256", ""].map(
      (alg) => `${part({ alg, kid })}.${payload}.${alg.toLowerCase() === "none" ? "" : signature}`,
    ),
    `${part({ alg: ["RS256"], kid })}.${payload}.${signature}`,
    `${good}.`,
    good.replace(".", ".."),
  ])
    expect(await refusal(forged)).toBe("token_invalid");
  for (const header of [
    { x5c: [certificate] },
    { kid: "../../etc/passwd" },
    { kid: "' or 1=1 --" },
    { kid: "" },
  ])
    expect(await refusal(await sign(claims, header, stranger.privateKey))).toBe("token_invalid");
  expect(await authenticate(good)).toMatchObject({ subject: "ada" });
});

test("one issuer's key signs nothing in another's name, and equal subjects are two actors", async () => {
  const other = { ...config, issuer: "https://other.test" };
  const keys = { keys: [{ ...(await exportJWK(stranger.publicKey)), kid, alg: "RS256" }] };
  const identity = createIdentity({
    issuers: [config, other],
    now,
    fetch: async (url, init) => {
      const address = url instanceof Request ? url.url : url.toString();
      if (!address.startsWith(other.issuer)) return fetch(url, init);
      return Response.json(
        address.endsWith("/keys") ? keys : { issuer: other.issuer, jwks_uri: `${other.issuer}/keys` },
      );
    },
  });
  const theirs = { ...human(), iss: other.issuer };
  const [ours, another] = [
    await identity.authenticate(await sign(human())),
    await identity.authenticate(await sign(theirs, {}, stranger.privateKey)),
  ];
  expect(another.id).not.toBe(ours.id);
  expect(another.person).not.toBe(ours.person);
  for (const mixed of [await sign(theirs), await sign(human(), {}, stranger.privateKey)])
    await expect(identity.authenticate(mixed)).rejects.toMatchObject({ code: "token_invalid" });
});

test("whoever acts for another by a token's delegation is refused, not taken for them", async () => {
  expect(await refusal(await sign({ ...human(), act: { sub: "agent" } }))).toBe("token_invalid");
});

test("a flood of bad tokens ends at a bound, by network; those that are known go on, and others are unharmed", async () => {
  let asked = 0;
  const identity = createIdentity({
    issuers: [config],
    now,
    fetch: (url, init) => {
      asked++;
      return fetch(url, init);
    },
    refused: createRates({ perSecond: 1, atOnce: 20, what: "tokens", now }),
  });
  const known = await sign(human());
  await identity.authenticate(known, "192.0.2.1");
  const codes: unknown[] = [];
  for (let n = 0; n < 40; n++) {
    const forged = await sign({ ...human(), jti: `${n}` }, { kid: `unknown ${n}` }, stranger.privateKey);
    codes.push(await identity.authenticate(forged, "192.0.2.1").catch((error: Refusal) => error.code));
  }
  expect(codes).toEqual([...Array(20).fill("token_invalid"), ...Array(20).fill("rate_limited")]);
  // Discovery and keys, once: unknown keys do not make the issuer be asked at each.
  expect(asked).toBe(2);
  expect(await identity.authenticate(known, "192.0.2.1")).toBeDefined();
  const fresh = await sign({ ...human(), jti: "fresh" });
  await expect(identity.authenticate(fresh, "192.0.2.1")).rejects.toMatchObject({ code: "rate_limited" });
  expect(await identity.authenticate(fresh, "192.0.2.2")).toBeDefined();
  clock += 1_000;
  expect(await identity.authenticate(await sign({ ...human(), jti: "later" }), "192.0.2.1")).toBeDefined();
});

test("a token for somebody else or from somewhere else is refused", async () => {
  expect(await refusal(await sign({ ...human(), aud: "https://graph.microsoft.com" }))).toBe("token_invalid");
  expect(await refusal(await sign({ ...human(), iss: `${issuer}/` }))).toBe("token_invalid");
  expect(await refusal(await sign({ ...human(), iss: `${issuer}.evil.example` }))).toBe("token_invalid");
  expect(await refusal(await sign({ ...human(), tid: "other" }), { tenant: "ours" })).toBe("token_invalid");
  expect(await refusal(await sign(human()), { tenant: "ours" })).toBe("token_invalid");
  expect(await authenticate(await sign({ ...human(), tid: "ours" }), { tenant: "ours" })).toMatchObject({
    tenant: "ours",
  });
});

test("time is checked: expired, not yet valid, issued in the future, without an end", async () => {
  expect(await refusal(await sign({ ...human(), exp: seconds() - 60 }))).toBe("token_expired");
  expect(await refusal(await sign({ ...human(), nbf: seconds() + 120 }))).toBe("token_invalid");
  expect(await refusal(await sign({ ...human(), iat: seconds() + 120 }))).toBe("token_invalid");
  const { exp: _, ...endless } = human();
  expect(await refusal(await sign(endless))).toBe("token_invalid");
  const { sub: __, ...nobody } = human();
  expect(await refusal(await sign(nobody))).toBe("token_invalid");
});

test("an ID token is not an access token", async () => {
  expect(await refusal(await sign({ ...human(), nonce: "n" }))).toBe("token_invalid");
  expect(await refusal(await sign({ ...human(), at_hash: "h" }))).toBe("token_invalid");
  expect(await refusal(await sign({ ...human(), typ: "ID" }))).toBe("token_invalid");
  expect(await refusal(await sign(human(), { typ: "logout+jwt" }))).toBe("token_invalid");
  const { scope: _, ...bare } = human();
  expect(await refusal(await sign({ ...bare, aud: "portal" }), { audience: "portal" })).toBe("token_invalid");
  expect(await authenticate(await sign({ ...human(), aud: "portal" }), { audience: "portal" })).toBeDefined();
});

test("Entra's group overage is said, not taken for no groups", async () => {
  const { groups: _, ...rest } = human();
  expect(await refusal(await sign({ ...rest, _claim_names: { groups: "src1" } }))).toBe("groups_overage");
  expect((await authenticate(await sign(rest))).groups).toEqual([]);
  expect(await refusal(await sign({ ...human(), groups: { admins: true } }))).toBe("token_invalid");
});

test("a workload is known by any of the usual marks, and never decides for people", async () => {
  const kind = async (claims: JWTPayload) => (await authenticate(await sign({ ...human(), ...claims }))).kind;
  expect(await kind({ kind: "workload" })).toBe("workload");
  expect(await kind({ kind: "something new" })).toBe("workload");
  expect(await kind({ idtyp: "app" })).toBe("workload");
  expect(await kind({ gty: "client-credentials" })).toBe("workload");
  expect(await kind({ client_id: "ada" })).toBe("workload");
  expect(await kind({ azp: "app", oid: "ada", scope: undefined })).toBe("workload");
  expect(await kind({ client_id: "ada", kind: "human" })).toBe("human");
  expect(await kind({ client_id: "portal" })).toBe("human");
  const agent = await authenticate(
    await sign({ ...human(), idtyp: "app", realm: { roles: ["administrator", "auditor"] } }),
  );
  expect(agent.roles).toEqual(["auditor"]);
});

test("a person's name at several issuers is one person; without it nobody can be told apart", async () => {
  const claims = { ...config.claims, person: "email" };
  const actor = await authenticate(await sign({ ...human(), email: " Ada@Example.org" }), { claims });
  expect(actor.person).toBe("ada@example.org");
  expect(await refusal(await sign(human()), { claims })).toBe("token_invalid");
});

test("names cannot forge lines, and subjects with such characters are refused", async () => {
  const actor = await authenticate(await sign({ ...human(), name: "Ada\r\n\u202Eroot" }));
  expect(actor.name).toBe("Adaroot");
  expect(await refusal(await sign({ ...human(), sub: "ada\nroot" }))).toBe("token_invalid");
});

test("a token is verified once, and no longer remembered than it lasts", async () => {
  const identity = createIdentity({ issuers: [config], now });
  const token = await sign({ ...human(), exp: seconds() + 20 });
  const [first, second] = await Promise.all([identity.authenticate(token), identity.authenticate(token)]);
  expect(second).toBe(first);
  clock += 19_000;
  expect(await identity.authenticate(token)).toBe(first);
  clock += 60_000;
  await expect(identity.authenticate(token)).rejects.toMatchObject({ code: "token_expired" });
});
