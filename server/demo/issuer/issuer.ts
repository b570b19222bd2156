import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { type ClientMetadata, type Configuration, Provider } from "oidc-provider";
import { z } from "zod";
import type { IssuerConfig } from "../../config/config.ts";
import { kept } from "../kept.ts";
import { type DemoActor, demoActors, demoPeople } from "./actors.ts";
import { memoryAdapter } from "./memory.ts";
import { signInPage, signInPolicy } from "./sign-in-page.ts";

/** A real OpenID Connect provider for made-up people, served beside the portal. */
export type DemoIssuer = {
  /** How identity trusts it. */
  config: IssuerConfig;
  /** Answers requests whose path is `issuerPath` or below it. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
};

export const issuerPath = "/oidc";
export const portalClientId = "sluice-portal";
/** Where the portal lets the issuer send people back to. */
const callbackPaths = ["/auth/callback"];
const signedOutPaths = ["/", "/sign-in"];

const audience = "sluice";
/** RFC 8707 wants a URI to name the API by; tokens carry the audience. */
const resource = "urn:sluice:api";
const scope = "sluice";
const tokenSeconds = 3_600;
const renewalSeconds = 12 * 3_600;
const signInSeconds = 600;
const maxFormBytes = 4_096;

const Keys = z.object({ jwk: z.record(z.string(), z.unknown()), cookies: z.array(z.string()) });

/**
 * `origin` is the portal's, below which the issuer stands (`http://localhost:8080`); `portalOrigins` are all by
 * which the portal is reached; the gateway listens on `port`. Keys are made once and kept in the data folder, so tokens outlive a restart.
 */
export async function createDemoIssuer(options: {
  origin: string;
  portalOrigins: readonly string[];
  port: number;
  dataDir: string;
  now: () => number;
}): Promise<DemoIssuer> {
  const issuer = `${options.origin}${issuerPath}`;
  const hosts = options.portalOrigins.map((origin) => new URL(origin).host);
  const keys = await keptKeys(options.dataDir);
  const provider = new Provider(issuer, configuration(options, keys));
  const answer = provider.callback();
  const page = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": signInPolicy(options.portalOrigins),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };

  const signIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await provider.interactionDetails(request, response);
    if (request.method !== "POST") {
      response.writeHead(200, page).end(signInPage);
      return;
    }
    const subject = new URLSearchParams(await readForm(request)).get("actor");
    const actor = demoPeople.find((person) => person.subject === subject);
    if (actor === undefined) {
      response.writeHead(400, page).end(signInPage);
      return;
    }
    await provider.interactionFinished(request, response, {
      login: { accountId: actor.subject },
      consent: {},
    });
  };

  /** OpenID Connect RP-Initiated Logout 1.0; there is no login to end here, only people to send back. */
  const signOut = (url: URL, response: ServerResponse): void => {
    const target = url.searchParams.get("post_logout_redirect_uri");
    const allowed = uris(options.portalOrigins, signedOutPaths);
    const to = new URL(target !== null && allowed.includes(target) ? target : `${options.origin}/`);
    const state = url.searchParams.get("state");
    if (state !== null) to.searchParams.set("state", state);
    response.writeHead(303, { location: to.href, "cache-control": "no-store" }).end();
  };

  return {
    config: {
      issuer,
      audience,
      clientId: portalClientId,
      scopes: ["openid", "profile", scope],
      algorithms: ["RS256"],
      claims: {
        groups: "groups",
        roles: "roles",
        person: "person",
        owner: "owner",
        kind: "kind",
        name: "name",
      },
      groupRoles: {},
      // The gateway asks itself: by address, as `localhost` may name another first, and past any front.
      discoveryUrl: `http://127.0.0.1:${options.port}${issuerPath}/.well-known/openid-configuration`,
    },
    handle: async (request, response) => {
      try {
        if (!isLoopback(request.socket.remoteAddress) || !hosts.includes(request.headers.host ?? "")) {
          response
            .writeHead(403, { "content-type": "text/plain" })
            .end("The demo's issuer serves this machine alone.\n");
          return;
        }
        forgetLogin(request);
        const url = new URL(request.url ?? "/", options.origin);
        const path = url.pathname.slice(issuerPath.length) || "/";
        if (path.startsWith("/sign-in/")) return await signIn(request, response);
        if (path === "/session/end") return signOut(url, response);
        // Connect's convention, by which the provider learns where it is mounted.
        Object.assign(request, { originalUrl: request.url, url: path + url.search });
        await answer(request, response);
      } catch {
        // An expired or forged sign-in: what went wrong is of no use to whoever asks.
        if (!response.headersSent) response.writeHead(303, { location: "/" });
        response.end();
      }
    },
  };
}

const uris = (origins: readonly string[], paths: readonly string[]): string[] =>
  origins.flatMap((origin) => paths.map((path) => origin + path));

async function keptKeys(dataDir: string): Promise<z.infer<typeof Keys>> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const made = {
    jwk: { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig" },
    cookies: [randomBytes(32).toString("base64url")],
  };
  return Keys.parse(JSON.parse(kept(join(dataDir, "secrets", "demo-issuer"), () => JSON.stringify(made))));
}

function configuration(
  { portalOrigins, now }: { portalOrigins: readonly string[]; now: () => number },
  keys: z.infer<typeof Keys>,
): Configuration {
  const portal: ClientMetadata = {
    client_id: portalClientId,
    application_type: "web",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: uris(portalOrigins, callbackPaths),
  };
  const workloads = demoActors.map(({ clientId }): ClientMetadata => ({
    client_id: clientId,
    client_secret: "demo",
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
  }));
  return {
    adapter: memoryAdapter(now),
    clients: [portal, ...workloads],
    jwks: { keys: [keys.jwk] },
    cookies: { keys: keys.cookies },
    responseTypes: ["code"],
    scopes: ["openid", "profile", "offline_access"],
    claims: { openid: ["sub"], profile: ["name"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      IdToken: tokenSeconds,
      RefreshToken: renewalSeconds,
      Grant: renewalSeconds,
      Session: renewalSeconds,
      Interaction: signInSeconds,
    },
    clientBasedCORS: (_ctx, origin) => portalOrigins.includes(origin),
    interactions: { url: (_ctx, interaction) => `${issuerPath}/sign-in/${interaction.uid}` },
    // The login of a tab is its own: it is renewed by its refresh token, whoever else signs in in this browser.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    renderError: (ctx, out) => {
      ctx.type = "text/plain";
      ctx.body = `${out.error}: ${out.error_description ?? "no more is known"}\n`;
    },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: portalClientId,
        accountId: ctx.oidc.session?.accountId,
      });
      grant.addOIDCScope("openid profile offline_access");
      grant.addResourceScope(resource, scope);
      await grant.save();
      return grant;
    },
    findAccount: (_ctx, subject) => {
      const actor = demoPeople.find((person) => person.subject === subject);
      return actor && { accountId: subject, claims: () => ({ sub: subject, name: actor.name }) };
    },
    extraTokenClaims: (_ctx, token) => {
      const actor = actorOf(token);
      return actor && claimsOf(actor);
    },
    formats: {
      customizers: {
        // A client that acts for an actor has the actor's subject: its tokens are like the browser's.
        jwt: (_ctx, token, jwt) => {
          const actor = actorOf(token);
          if (actor !== undefined) jwt.payload["sub"] = actor.subject;
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope,
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: tokenSeconds,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  };
}

const TokenOwner = z.object({ accountId: z.string().optional(), clientId: z.string().optional() });

function actorOf(token: unknown): DemoActor | undefined {
  const { accountId, clientId } = TokenOwner.parse(token);
  return demoActors.find((actor) =>
    accountId === undefined ? actor.clientId === clientId : actor.subject === accountId,
  );
}

const claimsOf = ({ name, kind, groups, roles, person, owner }: DemoActor) => ({
  name,
  kind,
  groups,
  roles,
  person,
  ...(owner === undefined ? {} : { owner }),
});

/** Each tab picks for itself, so the browser's last login never answers for another. */
function forgetLogin(request: IncomingMessage): void {
  request.headers.cookie = (request.headers.cookie ?? "")
    .split(/;\s*/)
    .filter((cookie) => !/^_session(\.|=)/.test(cookie))
    .join("; ");
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(address);

async function readForm(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxFormBytes) throw new Error("The form is too large");
  }
  return text;
}
