import { ibanLength, isCardNumber, isFrenchNir, isIban, isSpanishDni } from "./checksums.ts";
import { credential } from "./credentials.ts";
import { matches, type Detector, type Found } from "./detector.ts";
import { digitsTogether, holdsDigits, inDigitRuns } from "./digit-runs.ts";
import { email } from "./email.ts";
import { inPlainCharacters } from "./plain-characters.ts";

const digitsOf = (text: string): string => text.replace(/\D/g, "");

const card: Detector = {
  classes: ["card", "credit-card", "payment-card", "card-number", "pan"],
  name: "card",
  mayHold: (text) => holdsDigits(text, 14),
  find: (text) =>
    inDigitRuns(text, 14, (run) =>
      matches(
        /(?<![\w+-]|(?<![A-Za-z])\.)(?:\d{14,16}|\d{19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g,
        run,
        (match) => isCardNumber(digitsOf(match)),
      ),
    ),
};

/** As it is printed on forms: groups of four, with hyphens. */
const hyphened =
  /(?<![A-Za-z0-9-])[A-Za-z]{2}\d{2}(?:-[A-Za-z0-9]{4}){2,7}(?:-[A-Za-z0-9]{1,4})?(?![A-Za-z0-9-])/g;

function* spacedIbans(text: string): Generator<Found> {
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
}

const iban: Detector = {
  classes: ["iban", "bank-account", "account-number"],
  name: "iban",
  mayHold: (text) => /[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11}/.test(text),
  *find(text) {
    yield* spacedIbans(text);
    yield* matches(hyphened, text, (match) => isIban(match.replaceAll("-", "")));
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

export const detectors: readonly Detector[] = [credential, card, iban, email, phone, nationalId].map(
  inPlainCharacters,
);
