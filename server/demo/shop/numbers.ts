import type { Random } from "./random.ts";

/** Number ranges of the card schemes' test systems: no issuer gives them out. */
const testCardPrefixes = ["424242", "400005", "555555", "520082", "222300"] as const;

/** A card number of 16 digits that passes Luhn (ISO/IEC 7812-1). */
export function cardNumber(random: Random): string {
  const body = random.pick(testCardPrefixes) + random.digits(9);
  return body + luhnDigit(body);
}

function luhnDigit(body: string): number {
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body[body.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return (10 - (sum % 10)) % 10;
}

/** Whether a number passes Luhn. */
export const passesLuhn = (number: string): boolean =>
  /^\d{2,}$/.test(number) && luhnDigit(number.slice(0, -1)) === Number(number.at(-1));

/** Countries of the made-up customers, with the length of what follows an IBAN's check digits (IBAN registry). */
const accountDigits = { AT: 16, DE: 18, DK: 14, FI: 14, NO: 11, SE: 20 } as const;
export type Country = keyof typeof accountDigits;
export const countries = ["DE", "DE", "DE", "SE", "SE", "NO", "DK", "FI", "AT"] as const satisfies Country[];

/** An IBAN with valid check digits (ISO 13616); bank codes begin with 99, which no register gives out. */
export function iban(random: Random, country: Country): string {
  const account = `99${random.digits(accountDigits[country] - 2)}`;
  const check = 98 - remainder97(`${account}${letters(country)}00`);
  return `${country}${String(check).padStart(2, "0")}${account}`;
}

/** Whether an IBAN's check digits hold (ISO 7064, MOD 97-10). */
export const passesIban = (text: string): boolean =>
  /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(text) && remainder97(letters(text.slice(4) + text.slice(0, 4))) === 1;

const letters = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - "A".charCodeAt(0) + 10));

const remainder97 = (digits: string): number => Number(BigInt(digits) % 97n);

/** A number out of the ranges that regulators keep for film and fiction. */
export function phone(random: Random, country: Country): string {
  // Bundesnetzagentur, Mitteilung 148/2021; Post- och telestyrelsen; NANP 555-0100 to 555-0199.
  if (country === "DE") return `+49 30 23125 ${random.digits(3)}`;
  if (country === "SE") return `+46 70 174 06 ${String(5 + random.below(95)).padStart(2, "0")}`;
  return `+1 ${200 + random.below(700)} 555 01${random.digits(2)}`;
}
