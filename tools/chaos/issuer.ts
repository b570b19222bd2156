import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** Signs tokens for the run's people, as an issuer that never fails. */
export type Issuer = {
  issuer: string;
  token(person: string, claims: { groups?: string[]; roles?: string[] }): Promise<string>;
  close(): void;
};

const audience = "sluice-chaos";
export const issuerSettings = (issuer: string): Record<string, string> => ({
  SLUICE_ISSUER: issuer,
  SLUICE_AUDIENCE: audience,
  SLUICE_CLIENT_ID: "portal",
  SLUICE_SCOPE: "sluice",
});

export async function startIssuer(port: number): Promise<Issuer> {
  const issuer = `http://localhost:${port}`;
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "chaos", alg: "RS256", use: "sig" };
  const documents: Record<string, unknown> = {
    "/.well-known/openid-configuration": { issuer, jwks_uri: `${issuer}/keys` },
    "/keys": { keys: [jwk] },
  };
  const server = createServer((request, response) => {
    const document = documents[request.url ?? ""];
    response.writeHead(document === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(document ?? {}));
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    token: (person, claims) =>
      new SignJWT({ ...claims, name: person, scope: "sluice" })
        .setProtectedHeader({ alg: "RS256", kid: "chaos", typ: "at+jwt" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(person)
        .setIssuedAt()
        .setExpirationTime("8h")
        .sign(privateKey),
    close: () => server.close(),
  };
}
