// Node finds no `utils` among the names of this CommonJS module.
import ssh2, { type ParsedKey } from "ssh2";
import { Refusal } from "../../../../shared/contract/errors.ts";
import type { SshProof } from "../../../../shared/nouns/target.ts";

/** Reads a private key in OpenSSH's, PEM's or PuTTY's form. Throws `credential_unavailable`, with nothing of the key. */
export function readPrivateKey({ privateKey = "", passphrase }: SshProof): ParsedKey {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error)
    throw unreadable(key?.message ?? "", passphrase !== undefined);
  if (!key.isPrivateKey())
    throw new Refusal(
      "credential_unavailable",
      "The target's key is a public key; the private one is needed.",
    );
  if (key.type === "ssh-dss")
    throw new Refusal(
      "credential_unavailable",
      "The target's private key is a DSA key, which is too weak to use.",
    );
  return key;
}

/** By the words of ssh2's parser; any other error of a key with a passphrase comes from decrypting it wrongly. */
function unreadable(message: string, hasPassphrase: boolean): Refusal {
  if (/no passphrase given/.test(message))
    return new Refusal("credential_unavailable", "The target's private key needs its passphrase.");
  if (hasPassphrase && !/^Unsupported/.test(message))
    return new Refusal("credential_unavailable", "The passphrase does not open the target's private key.");
  return new Refusal("credential_unavailable", "The target's private key cannot be read.", {
    hint: "Give the whole file, in OpenSSH's or PEM form, with its first and last line.",
  });
}
