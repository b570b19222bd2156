import type { Algorithms, ServerHostKeyAlgorithm } from "ssh2";

/**
 * What the gateway offers, in its order of preference: RFC 9142's SHOULDs. Left out on purpose: SHA-1 and MD5 in any
 * place, DSA, CBC, 3DES and RC4, group exchange (its groups are the server's choice), compression (bombs, CRIME), and
 * chacha20-poly1305, which is open to prefix truncation at servers without strict key exchange (Terrapin).
 */
export const offered = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
  ],
  cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes128-ctr"],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  compress: ["none"],
} satisfies Algorithms;

/** Signature algorithms by the type of host key that they belong to (RFC 8332: one RSA key, several signatures). */
export const hostKeyAlgorithms: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};
