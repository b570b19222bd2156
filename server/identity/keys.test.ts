import { exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from "jose";
import { expect, test } from "vitest";
import { createKeys } from "./keys.ts";

const issuer = "https://issuer.test";
const one = await generateKeyPair("ES256");
const two = await generateKeyPair("ES256");
const publicKey = async (pair: typeof one, kid: string): Promise<JWK> => ({
  ...(await exportJWK(pair.publicKey)),
  kid,
  alg: "ES256",
});
const token = (pair: typeof one, kid: string) =>
  new SignJWT({}).setProtectedHeader({ alg: "ES256", kid }).sign(pair.privateKey);

/** An issuer whose documents a test changes; `asked` lists the paths that were fetched. */
function standIn() {
  const state = { keys: [] as JWK[], down: false, discovery: { issuer, jwks_uri: `${issuer}/keys` }, now: 0 };
  const asked: string[] = [];
  const keys = createKeys(
    { issuer },
    {
      now: () => state.now,
      fetch: async (url) => {
        const { pathname } = new URL(url instanceof Request ? url.url : url);
        asked.push(pathname);
        if (state.down) throw new TypeError("fetch failed");
        return Response.json(pathname === "/keys" ? { keys: state.keys } : state.discovery);
      },
    },
  );
  const verify = async (jwt: Promise<string>) => {
    await jwtVerify(await jwt, keys);
    return true;
  };
  return { state, asked, verify };
}

test("keys are read once for everybody, and again when the issuer has rotated", async () => {
  const { state, asked, verify } = standIn();
  state.keys = [await publicKey(one, "one")];
  await Promise.all([verify(token(one, "one")), verify(token(one, "one"))]);
  expect(asked).toHaveLength(2);
  state.keys = [await publicKey(two, "two")];
  await expect(verify(token(two, "two"))).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
  expect(asked).toHaveLength(2);
  state.now += 31_000;
  expect(await verify(token(two, "two"))).toBe(true);
  await expect(verify(token(one, "one"))).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
  expect(asked).toHaveLength(4);
});

test("an outage is bridged for an hour, not for ever", async () => {
  const { state, verify } = standIn();
  state.keys = [await publicKey(one, "one")];
  await verify(token(one, "one"));
  state.down = true;
  state.now += 11 * 60_000;
  expect(await verify(token(one, "one"))).toBe(true);
  state.now += 60 * 60_000;
  await expect(verify(token(one, "one"))).rejects.toMatchObject({ code: "issuer_unavailable" });
});

test("an issuer that does not answer is not asked at every request", async () => {
  const { state, asked, verify } = standIn();
  state.down = true;
  for (let i = 0; i < 5; i++)
    await expect(verify(token(one, "one"))).rejects.toMatchObject({ code: "issuer_unavailable" });
  expect(asked).toHaveLength(1);
  state.down = false;
  state.keys = [await publicKey(one, "one")];
  state.now += 5_000;
  expect(await verify(token(one, "one"))).toBe(true);
});

test("documents of another issuer, or over plain http, are not believed", async () => {
  const { state, verify } = standIn();
  state.keys = [await publicKey(one, "one")];
  state.discovery = { issuer: "https://other.test", jwks_uri: `${issuer}/keys` };
  await expect(verify(token(one, "one"))).rejects.toMatchObject({ code: "issuer_unavailable" });
  state.now += 5_000;
  state.discovery = { issuer, jwks_uri: "http://issuer.test/keys" };
  await expect(verify(token(one, "one"))).rejects.toMatchObject({ code: "issuer_unavailable" });
});
