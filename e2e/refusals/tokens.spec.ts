import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeJwt, exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT } from "jose";
import { clientWith } from "../targets/client.ts";
import { expect, test } from "../targets/fixtures.ts";

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test.describe("a bearer token", () => {
  /** The issuer's own private key, as somebody would hold it who is the issuer. */
  const issuerKey = async (dataDir: string) => {
    const { jwk } = JSON.parse(readFileSync(join(dataDir, "secrets", "demo-issuer"), "utf8"));
    return { key: await importJWK(jwk, "RS256"), jwk };
  };

  test("is taken where the issuer signed it for us, and only as it was signed", async ({ gateway, as }) => {
    const { token } = await as("demo-engineer");
    const claims = decodeJwt(token);
    const { key, jwk } = await issuerKey(gateway.dataDir);
    const stranger = await generateKeyPair("RS256");
    const [header = "", payload = "", signature = ""] = token.split(".");
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    const signed = (changes: JWTPayload, head: Record<string, unknown> = {}, by = key) =>
      new SignJWT({ ...claims, ...changes })
        .setProtectedHeader({ alg: "RS256", kid, typ: "at+jwt", ...head })
        .sign(by);
    const now = Math.floor(Date.now() / 1000);
    const publicPem = await exportSPKI(
      (await importJWK(
        { ...jwk, d: undefined, p: undefined, q: undefined, dp: undefined, dq: undefined, qi: undefined },
        "RS256",
      )) as CryptoKey,
    );
    const hs256 = (secret: string) => {
      const input = `${base64url({ alg: "HS256", kid, typ: "at+jwt" })}.${payload}`;
      return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
    };
    const me = async (bearer: string) => {
      const { status, body } = await clientWith(gateway.url, bearer).get("/api/me");
      return { status, code: Object(body).code, name: Object(body).name };
    };
    // The control: what is forged below would be taken if it were not forged.
    expect(await me(await signed({}))).toMatchObject({ status: 200, name: "Mara Lindqvist" });

    const forgeries: Record<string, string> = {
      "without a signature": `${header}.${payload}.`,
      "alg none": `${base64url({ alg: "none", kid })}.${payload}.`,
      "alg None": `${base64url({ alg: "None", kid })}.${payload}.${signature}`,
      "HS256 keyed with the public key": hs256(publicPem),
      "HS256 keyed with the modulus": hs256(String(jwk.n)),
      "HS256 keyed with nothing": hs256(""),
      "PS256, which the issuer does not use": `${base64url({ alg: "PS256", kid })}.${payload}.${signature}`,
      "another's key": await signed({}, {}, stranger.privateKey),
      "another's key, carried along": await signed({}, { jwk: { kty: "RSA" } }, stranger.privateKey),
      "another's key, to be fetched": await signed(
        {},
        { jku: "http://127.0.0.1:1/keys", kid: "theirs" },
        stranger.privateKey,
      ),
      "a hostile kid": await signed({}, { kid: "../../../../etc/passwd" }, stranger.privateKey),
      "a changed payload": `${header}.${base64url({ ...claims, groups: ["administrators"], roles: ["administrator"] })}.${signature}`,
      expired: await signed({ exp: now - 600, iat: now - 4_000 }),
      "without an end": await signed({ exp: undefined }),
      "not yet valid": await signed({ nbf: now + 600 }),
      "for another audience": await signed({ aud: "https://graph.microsoft.com" }),
      "for nobody": await signed({ aud: undefined }),
      "for the portal itself, as an ID token": await signed({ aud: "sluice-portal", nonce: "n" }),
      "of another issuer": await signed({ iss: "https://evil.example" }),
      "of an issuer that only begins as ours": await signed({ iss: `${claims.iss}.evil.example` }),
      "of no issuer": await signed({ iss: undefined }),
      "of nobody": await signed({ sub: undefined }),
      "with a subject that turns its direction": await signed({ sub: "mara\u202Elindqvist" }),
      "with groups that are no list": await signed({ groups: { 0: "administrators" } }),
      "of two parts": `${header}.${payload}`,
      "of garbage": "a.b.c",
    };
    for (const [what, forged] of Object.entries(forgeries)) {
      const { status, code } = await me(forged);
      expect(status, what).toBe(401);
      expect(code, what).toMatch(/^(token_invalid|token_expired)$/);
    }
  });

  test("stands in its header alone, and names of people in other headers mean nothing", async ({
    gateway,
    as,
  }) => {
    const { token } = await as("demo-admin");
    for (const path of [`/api/me?access_token=${token}`, `/api/me?token=${token}`])
      expect((await fetch(gateway.url + path)).status).toBe(401);
    for (const headers of [
      { authorization: token },
      { authorization: `Basic ${token}` },
      { authorization: `Bearer ${token} ${token}` },
      { authorization: "Bearer " },
      { cookie: `token=${token}; access_token=${token}; session=${token}` },
      {
        "x-forwarded-user": "jonas.weiss",
        "x-forwarded-groups": "administrators",
        "x-remote-user": "jonas.weiss",
      },
    ])
      expect(
        (await fetch(`${gateway.url}/api/me`, { headers: new Headers(Object.entries(headers)) })).status,
      ).toBe(401);
  });

  test("of an agent carries no rights of people, whatever roles it claims", async ({ gateway, as }) => {
    const { token } = await as("demo-agent");
    const { key } = await issuerKey(gateway.dataDir);
    const { kid } = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString("utf8"));
    const claims = decodeJwt(token);
    const grown = await new SignJWT({
      ...claims,
      // Of a second before, so that it takes nothing from the token that the others use.
      iat: Number(claims.iat) - 1,
      roles: ["reviewer", "administrator"],
      groups: ["shop-reviewers", "administrators"],
    })
      .setProtectedHeader({ alg: "RS256", kid, typ: "at+jwt" })
      .sign(key);
    const { body } = await clientWith(gateway.url, grown).get("/api/me");
    expect(body).toMatchObject({ kind: "workload", rights: [] });
  });
});

test.describe("the demo's issuer", () => {
  test("gives no token for a wrong secret, another grant or a person's password", async ({ gateway }) => {
    const ask = async (form: Record<string, string>) =>
      (await fetch(`${gateway.url}/oidc/token`, { method: "POST", body: new URLSearchParams(form) })).status;
    const good = {
      grant_type: "client_credentials",
      client_id: "demo-engineer",
      client_secret: "demo",
      scope: "sluice",
    };
    expect(await ask(good)).toBe(200);
    expect(await ask({ ...good, client_secret: "wrong" })).toBe(401);
    expect(await ask({ ...good, client_secret: "" })).toBe(401);
    expect(await ask({ ...good, client_id: "sluice-portal" })).toBeGreaterThanOrEqual(400);
    expect(await ask({ grant_type: "password", username: "mara", password: "demo" })).toBeGreaterThanOrEqual(
      400,
    );
  });

  test("sends people back to the portal alone", async ({ gateway }) => {
    const at = async (redirect: string) => {
      const query = new URLSearchParams({
        client_id: "sluice-portal",
        response_type: "code",
        scope: "openid profile",
        redirect_uri: redirect,
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
        state: "s",
      });
      const response = await fetch(`${gateway.url}/oidc/auth?${query}`, { redirect: "manual" });
      return `${response.status} ${response.headers.get("location") ?? ""}`;
    };
    expect(await at(`${gateway.url}/auth/callback`)).toMatch(/^303 .*\/oidc\/sign-in\//);
    for (const elsewhere of [
      "https://evil.example/auth/callback",
      `${gateway.url}.evil.example/auth/callback`,
      `${gateway.url}/auth/callback/../../x`,
      `${gateway.url}//evil.example`,
    ])
      expect(await at(elsewhere)).toMatch(/^400 $/);
  });
});
