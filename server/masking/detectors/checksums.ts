/** Luhn's check (ISO/IEC 7812-1, annex B) over a string of digits. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = digits.charCodeAt(i) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** Issuer ranges and lengths of payment cards in use: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay. */
export function isCardNumber(digits: string): boolean {
  const issuer = Number(digits.slice(0, 6));
  const length = digits.length;
  const within = (from: number, to: number) => issuer >= from && issuer <= to;
  const known =
    length === 16
      ? within(400000, 499999) ||
        within(510000, 559999) ||
        within(222100, 272099) ||
        within(352800, 358999) ||
        within(601100, 601199) ||
        within(644000, 659999) ||
        within(620000, 629999)
      : length === 15
        ? within(340000, 349999) || within(370000, 379999)
        : length === 14
          ? within(300000, 305999) || within(360000, 369999) || within(380000, 399999)
          : length === 19 && (within(400000, 499999) || within(620000, 629999));
  // A run of one digit passes the checksum and is nobody's card.
  return known && !/^(\d)\1+$/.test(digits) && passesLuhn(digits);
}

/** Lengths by country (ISO 13616 registry). */
const ibanLengths = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 " +
    "FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 " +
    "MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 " +
    "SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

/** Country, length and the check digits (ISO 7064, mod 97-10). `text` has no separators. */
export function isIban(text: string): boolean {
  const upper = text.toUpperCase();
  if (ibanLengths.get(upper.slice(0, 2)) !== upper.length || !/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(upper))
    return false;
  let rest = 0;
  for (const character of upper.slice(4) + upper.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
export const ibanLength = (country: string): number | undefined => ibanLengths.get(country.toUpperCase());

/** French social security number: 13 digits and 97 minus their remainder. */
export const isFrenchNir = (digits: string): boolean =>
  97n - (BigInt(digits.slice(0, 13)) % 97n) === BigInt(digits.slice(13));

/** Spanish DNI: eight digits and the letter at their remainder by 23. */
export const isSpanishDni = (text: string): boolean =>
  "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Number(text.slice(0, 8)) % 23) === text.charAt(8).toUpperCase();
