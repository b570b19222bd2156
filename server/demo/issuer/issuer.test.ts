import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createDemoIssuer, type DemoIssuer, portalClientId } from "./issuer.ts";

const dataDir = mkdtempSync(join(tmpdir(), "sluice-issuer-"));
let server: Server;
let issuer: DemoIssuer;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => void issuer.handle(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  origin = `http://localhost:${address.port}`;
  issuer = await start();
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(dataDir, { recursive: true });
});

const start = (): Promise<DemoIssuer> =>
  createDemoIssuer({
    origin,
    port: Number(new URL(origin).port),
    portalOrigins: [origin, origin.replace("localhost", "127.0.0.1")],
    dataDir,
    now: Date.now,
  });

const discover = (clientId: string, auth?: oidc.ClientAuth) =>
  oidc.discovery(new URL(issuer.config.issuer), clientId, undefined, auth, {
    execute: [oidc.allowInsecureRequests],
  });

async function claimsOf(token: string) {
  const answer = await fetch(issuer.config.discoveryUrl ?? "");
  const discovered = z.object({ jwks_uri: z.url() }).parse(await answer.json());
  const { payload, protectedHeader } = await jwtVerify(
    token,
    createRemoteJWKSet(new URL(discovered.jwks_uri)),
    {
      issuer: issuer.config.issuer,
      audience: issuer.config.audience,
    },
  );
  expect(protectedHeader.alg).toBe("RS256");
  return payload;
}

/** A browser's cookies and redirects, without the browser. */
function browser() {
  const cookies = new Map<string, string>();
  return async (url: string, form?: Record<string, string>): Promise<Response> => {
    const response = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
}

const next = (response: Response): string =>
  new URL(response.headers.get("location") ?? "", response.url).href;

/** Signs in by code and PKCE as the portal does, in the given browser. */
async function signIn(visit: ReturnType<typeof browser>, actor: string, extra: Record<string, string> = {}) {
  const client = await discover(portalClientId, oidc.None());
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const begin = oidc.buildAuthorizationUrl(client, {
    redirect_uri: `${origin}/auth/callback`,
    scope: issuer.config.scopes.join(" "),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    ...extra,
  });
  const page = next(await visit(begin.href));
  expect(await (await visit(page)).text()).toContain("Mara Lindqvist");
  let response = await visit(page, { actor });
  for (let hops = 0; !next(response).startsWith(`${origin}/auth/callback`); hops++) {
    if (hops === 5) throw new Error(`lost at ${next(response)}`);
    response = await visit(next(response));
  }
  const tokens = await oidc.authorizationCodeGrant(client, new URL(next(response)), {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });
  return { client, tokens };
}

describe("the demo's issuer", () => {
  it("signs people in by code and PKCE, with who they are in the token", async () => {
    const { tokens } = await signIn(browser(), "tomas.okafor");
    expect(await claimsOf(tokens.access_token)).toMatchObject({
      sub: "tomas.okafor",
      name: "Tomas Okafor",
      kind: "human",
      person: "tomas.okafor",
      groups: ["shop-reviewers"],
      roles: ["reviewer"],
      scope: "sluice",
    });
    expect(tokens.claims()?.sub).toBe("tomas.okafor");
  });

  it("lets two tabs of one browser be two people, each of whom renews their own login", async () => {
    const visit = browser();
    const mara = await signIn(visit, "mara.lindqvist");
    await signIn(visit, "priya.nair", { prompt: "consent" });
    const renewed = await oidc.refreshTokenGrant(mara.client, mara.tokens.refresh_token ?? "");
    expect(await claimsOf(renewed.access_token)).toMatchObject({
      sub: "mara.lindqvist",
      groups: ["engineers"],
    });
  });

  it("gives an agent its token by client credentials, owned by a person", async () => {
    const client = await discover("demo-agent", oidc.ClientSecretPost("demo"));
    const { access_token } = await oidc.clientCredentialsGrant(client, {
      scope: issuer.config.scopes.join(" "),
    });
    expect(await claimsOf(access_token)).toMatchObject({
      sub: "order-repair-agent",
      kind: "workload",
      owner: "mara.lindqvist",
      groups: ["agents"],
    });
  });

  it("gives the same subject, groups and kind by client credentials as in the browser", async () => {
    const { tokens } = await signIn(browser(), "mara.lindqvist");
    const client = await discover("demo-engineer", oidc.ClientSecretBasic("demo"));
    const credentials = await oidc.clientCredentialsGrant(client);
    const [inBrowser, byCurl] = await Promise.all([
      claimsOf(tokens.access_token),
      claimsOf(credentials.access_token),
    ]);
    for (const claim of ["sub", "groups", "roles", "kind", "person", "name", "aud", "iss"])
      expect(byCurl[claim]).toEqual(inBrowser[claim]);
  });

  it("keeps its keys over a restart", async () => {
    const client = await discover("demo-admin", oidc.ClientSecretPost("demo"));
    const { access_token } = await oidc.clientCredentialsGrant(client);
    issuer = await start();
    expect(await claimsOf(access_token)).toMatchObject({ sub: "jonas.weiss" });
  });

  it("refuses a wrong secret, a foreign callback, a sign-in without PKCE, and another host", async () => {
    const wrong = await discover("demo-admin", oidc.ClientSecretPost("guess"));
    await expect(oidc.clientCredentialsGrant(wrong)).rejects.toMatchObject({ error: "invalid_client" });
    const query = { client_id: portalClientId, response_type: "code", scope: "openid" };
    const auth = (more: Record<string, string>) =>
      fetch(`${origin}/oidc/auth?${String(new URLSearchParams({ ...query, ...more }))}`, {
        redirect: "manual",
      });
    const foreign = await auth({ redirect_uri: "https://evil.example/", code_challenge: "x".repeat(43) });
    expect(foreign.status).toBe(400);
    const bare = await auth({ redirect_uri: `${origin}/auth/callback` });
    expect(bare.headers.get("location")).toContain("error=invalid_request");
    const { port } = new URL(origin);
    const rebound = request({
      port,
      host: "127.0.0.1",
      path: "/oidc/jwks",
      headers: { host: "evil.example" },
    }).end();
    const [answer] = await once(rebound, "response");
    answer.resume();
    expect(answer.statusCode).toBe(403);
  });

  it("signs out to the portal, and nowhere else", async () => {
    const to = async (uri: string) =>
      (
        await fetch(
          `${origin}/oidc/session/end?state=s&post_logout_redirect_uri=${encodeURIComponent(uri)}`,
          {
            redirect: "manual",
          },
        )
      ).headers.get("location");
    expect(await to(`${origin}/sign-in`)).toBe(`${origin}/sign-in?state=s`);
    expect(await to("https://evil.example/")).toBe(`${origin}/?state=s`);
  });

  it("shows a page that needs no script", async () => {
    const visit = browser();
    const client = await discover(portalClientId, oidc.None());
    const begin = oidc.buildAuthorizationUrl(client, {
      redirect_uri: `${origin}/auth/callback`,
      scope: "openid",
      code_challenge: "x".repeat(43),
      code_challenge_method: "S256",
    });
    const page = await visit(next(await visit(begin.href)));
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).not.toContain("<script");
  });
});
