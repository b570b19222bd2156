import { generateKeyPairSync } from "node:crypto";
import ssh2 from "ssh2";

/**
 * A new key pair: the private key in PEM form, the public one as `known_hosts` has it. By Node, because one in some
 * hundred of the keys that ssh2 1.17.0 generates cannot be read again.
 */
export function newKey(): { privateKey: string; publicKey: string } {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "sec1", format: "pem" },
  });
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return { privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString("base64")}` };
}
