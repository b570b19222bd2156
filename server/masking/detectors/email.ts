import type { Detector } from "./detector.ts";

const [bullet, doubleQuote] = ["•".charCodeAt(0), '"'.charCodeAt(0)];
/** ASCII characters of the part before an address's @ (RFC 5322, dot-atom). */
const localAscii = new Set(
  Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-"),
);

/** RFC 5321: 64 octets before the @, 255 after it. */
const [localLength, domainLength] = [64, 255];

/** Where the characters that may stand before the @ at `at` begin, no earlier than `from`: plain ones, or quoted. */
function localStart(text: string, from: number, at: number): number {
  let start = at;
  if (text.charAt(at - 1) === '"') {
    const quote = text.lastIndexOf('"', at - 2);
    const begins = quote >= from && (quote === 0 || /[\s<(,:;]/.test(text.charAt(quote - 1)));
    return begins && !text.slice(quote, at).includes("\n") ? quote : at;
  }
  while (start > from) {
    const code = text.charCodeAt(start - 1);
    // RFC 6531 takes everything beyond ASCII.
    if (code < 0xa0 && !localAscii.has(code)) break;
    start--;
  }
  return start;
}

/** Whether an address may end its local part before some @: most columns of masked ones have no other. */
function holdsAddress(text: string): boolean {
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const code = text.charCodeAt(at - 1);
    if (code === doubleQuote || localAscii.has(code) || (code >= 0xa0 && code !== bullet)) return true;
  }
  return false;
}

/** What a domain may be: labels, and a last one of letters. */
const domainName =
  /^(?:[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9\u00a1-\uffff-]{0,61}[A-Za-z0-9\u00a1-\uffff])?\.)+[A-Za-z\u00a1-\uffff]{2,63}/;
/** Ends of names with an @ in them that no domain has (IANA's root zone): units of systemd, files for two resolutions. */
const noDomain =
  /\.(?:service|socket|mount|automount|timer|slice|scope|device|swap|png|jpe?g|gif|svg|webp|css|js|mjs|cjs|ts|tsx|jsx|json|html?|xml|ya?ml|txt|log|conf)$/i;

/** An address's @, as it is and as URLs write it. */
const signs = /@|%40/g;

export const email: Detector = {
  classes: ["email", "e-mail", "email-address", "mail"],
  name: "email",
  mayHold: (text) => holdsAddress(text) || text.includes("%40"),
  *find(text) {
    let taken = 0;
    for (const { 0: sign, index: at } of text.matchAll(signs)) {
      // A mask's own bullets are no address, and a handle behind a slash is none.
      if (text.charCodeAt(at - 1) === bullet || text.charAt(at - 1) === "/") continue;
      const start = localStart(text, Math.max(taken, at - localLength), at);
      // Everybody's user at a server of repositories.
      if (start === at || text.slice(start, at) === "git") continue;
      const from = at + sign.length;
      const domain = domainName.exec(text.slice(from, from + domainLength))?.[0];
      if (domain === undefined || noDomain.test(domain)) continue;
      taken = from + domain.length;
      yield { start, end: taken };
    }
  },
};
