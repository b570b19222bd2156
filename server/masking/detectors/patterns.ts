import { ibanLength, isCardNumber, isFrenchNir, isIban, isSpanishDni } from "./checksums.ts";
import { digitsTogether, holdsDigits, inDigitRuns } from "./digit-runs.ts";

/** Half-open range of characters that a detector found. */
export type Found = { start: number; end: number };

export type Detector = {
  /** Names of data classes that it enforces; it works where one of them is hidden. Empty: it always works. */
  classes: readonly string[];
  /** The class that the journal names. */
  name: string;
  /** Cheap: false where `find` cannot find anything. */
  mayHold(text: string): boolean;
  find(text: string): Iterable<Found>;
};

// Every quantifier is bounded or cannot overlap what follows it, so that time stays linear in the text.

function* matches(
  pattern: RegExp,
  text: string,
  accept: (match: string) => boolean = () => true,
): Generator<Found> {
  for (const match of text.matchAll(pattern))
    if (accept(match[0])) yield { start: match.index, end: match.index + match[0].length };
}
const digitsOf = (text: string): string => text.replace(/\D/g, "");

const card: Detector = {
  classes: ["card", "credit-card", "payment-card", "card-number", "pan"],
  name: "card",
  mayHold: (text) => holdsDigits(text, 14),
  find: (text) =>
    inDigitRuns(text, 14, (run) =>
      matches(
        /(?<![\w.+-])(?:\d{14,16}|\d{19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g,
        run,
        (match) => isCardNumber(digitsOf(match)),
      ),
    ),
};

const iban: Detector = {
  classes: ["iban", "bank-account", "account-number"],
  name: "iban",
  mayHold: (text) => /[A-Za-z]{2}\d{2} ?[A-Za-z0-9]{4} ?\w{2} ?\d/.test(text),
  *find(text) {
    const run = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}/g;
    for (let match = run.exec(text); match !== null; match = run.exec(text)) {
      // The run may go on into the words that follow: take as many characters as the country has.
      const length = ibanLength(match[0].slice(0, 2)) ?? 0;
      let end = 0;
      for (let taken = 0; taken < length && end < match[0].length; end++)
        if (match[0].charAt(end) !== " ") taken++;
      const whole = !/[A-Za-z0-9]/.test(text.charAt(match.index + end));
      const found = whole && isIban(match[0].slice(0, end).replaceAll(" ", ""));
      if (found) yield { start: match.index, end: match.index + end };
      run.lastIndex = match.index + (found ? end : 4);
    }
  },
};

const bullet = "•".charCodeAt(0);
/** ASCII characters of the part before an address's @ (RFC 5322, dot-atom). */
const localAscii = new Set(
  Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-"),
);

/** Where the characters that may stand before the @ at `at` begin, no earlier than `from`. */
function localStart(text: string, from: number, at: number): number {
  let start = at;
  while (start > from) {
    const code = text.charCodeAt(start - 1);
    // RFC 6531 takes everything beyond ASCII.
    if (code < 0xa0 && !localAscii.has(code)) break;
    start--;
  }
  return start;
}

const email: Detector = {
  classes: ["email", "e-mail", "email-address", "mail"],
  name: "email",
  mayHold: (text) => text.includes("@"),
  *find(text) {
    let taken = 0;
    for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
      // A mask's own bullets are no address.
      if (text.charCodeAt(at - 1) === bullet) continue;
      // RFC 5321: 64 octets before the @, 255 after it.
      const start = localStart(text, Math.max(taken, at - 64), at);
      if (start === at) continue;
      const domain =
        /^(?:[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9\u00a1-\uffff-]{0,61}[A-Za-z0-9\u00a1-\uffff])?\.)+[A-Za-z\u00a1-\uffff]{2,63}/.exec(
          text.slice(at + 1, at + 256),
        )?.[0];
      if (domain === undefined) continue;
      taken = at + 1 + domain.length;
      yield { start, end: taken };
    }
  },
};

const phone: Detector = {
  classes: ["phone", "phone-number", "telephone", "mobile"],
  name: "phone",
  mayHold: (text) => (text.includes("+") || text.includes("(")) && /\+[1-9]|\(\d{3}\)/.test(text),
  // E.164 with its plus, or the North American form: anything less looks like an order number.
  find: (text) =>
    matches(
      /(?<![\w+.])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?![\w]|\.\d)|(?<!\w)\([2-9]\d{2}\) ?[2-9]\d{2}-\d{4}(?!\w)/g,
      text,
    ),
};

function* personNumbers(run: string): Generator<Found> {
  yield* matches(/(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g, run);
  yield* matches(
    /(?<!\w)[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2])[ ]?\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}(?!\w)/g,
    run,
    (match) => isFrenchNir(digitsOf(match)),
  );
}

const nationalId: Detector = {
  classes: ["national-id", "ssn", "social-security", "tax-id"],
  name: "national-id",
  mayHold: (text) => holdsDigits(text, 9) || digitsTogether(text, 8).length > 0,
  *find(text) {
    yield* inDigitRuns(text, 9, personNumbers);
    yield* spanishDni(text);
  },
};

/** Eight digits, a hyphen or none, a letter, and nothing that goes on with them. */
function* spanishDni(text: string): Generator<Found> {
  for (const { start, end } of digitsTogether(text, 8)) {
    const letter = /^-?[A-Z](?!\w)/.exec(text.slice(end, end + 3))?.[0];
    if (letter === undefined || /\w/.test(text.charAt(start - 1))) continue;
    if (isSpanishDni(text.slice(start, end) + letter.slice(-1))) yield { start, end: end + letter.length };
  }
}

/** Whether a text has one of these in it. */
const has =
  (...signs: readonly string[]) =>
  (text: string): boolean =>
    signs.some((sign) => text.includes(sign));
const prefixed = /(?:gh[pousr]|github_pat|[sr]k_(?:live|test)|whsec|npm)_/;

/**
 * Credentials are never shown, whatever the classes say. Prefixes as their issuers document them; each pattern is tried
 * where the text has its `sign`, which begins with a rare character where it can: such are found a word at a time.
 */
const credentials: readonly { sign: (text: string) => boolean; patterns: readonly RegExp[] }[] = [
  {
    sign: has("PRIVATE KEY"),
    patterns: [
      /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?/g,
    ],
  },
  {
    sign: has(".eyJ"),
    patterns: [/(?<![\w-])eyJ[\w-]{8,8192}\.eyJ[\w-]{8,8192}\.[\w-]{10,2048}/g],
  },
  {
    sign: has("AKIA", "ASIA"),
    patterns: [/(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/g],
  },
  {
    sign: (text) => /aws_?secret/i.test(text),
    patterns: [
      /(?<=aws_?secret_?(?:access_?)?key["']?\s{0,3}[=:]\s{0,3}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
    ],
  },
  {
    sign: has("Key="),
    patterns: [/(?<=(?:Account|SharedAccess)Key=)[A-Za-z0-9+/]{43,86}={1,2}/g],
  },
  {
    sign: (text) => text.includes("=") && text.includes("sig="),
    patterns: [/(?<=[?&;]sig=)[A-Za-z0-9%+/]{40,120}(?:%3[dD]|=)/g],
  },
  {
    sign: has("Q~"),
    patterns: [/(?<![\w~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![\w~-])/g],
  },
  { sign: has("AIza"), patterns: [/(?<![\w-])AIza[\w-]{35}(?![\w-])/g] },
  {
    sign: has("GOCSPX-", "ya29."),
    patterns: [/(?<![\w-])(?:GOCSPX-[\w-]{28}|ya29\.[\w-]{20,1024})/g],
  },
  {
    sign: (text) => text.includes("_") && prefixed.test(text),
    patterns: [
      /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})/g,
      /(?<!\w)(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,247}/g,
      /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/g,
    ],
  },
  { sign: has("glpat-"), patterns: [/(?<![\w-])glpat-[\w-]{20,64}/g] },
  { sign: has("xox"), patterns: [/(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10,250}/g] },
  {
    sign: has("hooks.slack.com/services/"),
    patterns: [/(?<=hooks\.slack\.com\/services\/)[A-Z0-9]{8,12}\/[A-Z0-9]{8,12}\/[A-Za-z0-9]{20,30}/g],
  },
  { sign: has("SG."), patterns: [/(?<![\w.])SG\.[\w-]{16,64}\.[\w-]{16,64}/g] },
  { sign: has("sk-"), patterns: [/(?<![\w-])sk-(?:proj-|ant-|svcacct-)[\w-]{20,200}/g] },
  {
    sign: (text) => text.includes("@") && /:\/\/[^\s:/@]{1,255}:[^\s@/]{1,255}@/.test(text),
    patterns: [/(?<=[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@]{1,255}:)[^\s@/]{1,255}(?=@)/gi],
  },
  {
    sign: (text) => text.includes(";") && text.includes("=") && /(?:password|pwd)\s?=/i.test(text),
    patterns: [/(?<=(?:;|^|\s)(?:password|pwd)\s?=\s?)[^\s;'"]{4,255}(?=;)/gim],
  },
];

const credential: Detector = {
  classes: [],
  name: "credential",
  mayHold: (text) => credentials.some(({ sign }) => sign(text)),
  *find(text) {
    for (const { sign, patterns } of credentials)
      if (sign(text)) for (const pattern of patterns) yield* matches(pattern, text);
  },
};

export const detectors: readonly Detector[] = [credential, card, iban, email, phone, nationalId];
