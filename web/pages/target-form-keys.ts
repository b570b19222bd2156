/** A public key's fingerprint as OpenSSH prints it: SHA-256 of its blob, base64 without padding. "" for what is no key. */
export async function fingerprintOf(key: string): Promise<string> {
  const [, blob = ""] = key.split(" ");
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(blob), (character) => character.charCodeAt(0));
  } catch {
    return "";
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `SHA256:${btoa(String.fromCharCode(...digest)).replace(/=+$/u, "")}`;
}
