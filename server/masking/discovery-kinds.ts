import type { PersonalKind } from "../../shared/nouns/discovery.ts";

/** What a type can hold that discovery knows. */
export type Family = "text" | "texts" | "number" | "date" | "timestamp" | "json" | "uuid";

/** Oids of PostgreSQL's own types (pg_type.dat). */
const families = new Map<number, Family>([
  ...[25, 1042, 1043, 19].map((oid) => [oid, "text"] as const),
  ...[1009, 1015].map((oid) => [oid, "texts"] as const),
  ...[20, 21, 23, 700, 701, 790, 1700].map((oid) => [oid, "number"] as const),
  [1082, "date"],
  [1114, "timestamp"],
  [1184, "timestamp"],
  [114, "json"],
  [3802, "json"],
  [2950, "uuid"],
]);

/** Undefined where nothing is to be found in values of the type. */
export const familyOf = ({ typeOid, type }: { typeOid: number; type: string }): Family | undefined =>
  families.get(typeOid) ?? (/(?:^|\.)citext$/.test(type) ? "text" : undefined);

type Kind = {
  /** Classes that stand for it, best first; the first is proposed where none is defined. */
  classes: readonly string[];
  /** "500 of 500 values are ...". */
  plural: string;
  /** How far a name alone goes. */
  byName: number;
  /** The column's name, its words joined by `_`. */
  name: RegExp;
  /** Types under which the name means it. */
  in: readonly Family[];
};

const number = "(?:_(?:number|num|no|nr))?";

/** Kinds of personal data that a column is taken for, and how a column is named that holds it. */
export const kinds: Record<Exclude<PersonalKind, "text" | "json">, Kind> = {
  email: {
    classes: ["email", "e-mail", "email-address", "mail"],
    plural: "e-mail addresses",
    byName: 0.4,
    name: /(?:^|_)(?:e_?mails?|e_?mail_addr(?:ess)?|mail_addr(?:ess)?)$/,
    in: ["text", "texts"],
  },
  card: {
    classes: ["card", "credit-card", "payment-card", "card-number", "pan"],
    plural: "card numbers",
    byName: 0.4,
    name: /(?:^|_)(?:(?:credit_|debit_|payment_)?card_(?:number|num|no|nr)|cc_(?:number|num|no|nr)|credit_?card|pan)$/,
    in: ["text", "number"],
  },
  iban: {
    classes: ["iban", "bank-account", "account-number"],
    plural: "IBANs",
    byName: 0.45,
    name: new RegExp(`(?:^|_)(?:iban|bank_account)${number}$`),
    in: ["text"],
  },
  phone: {
    classes: ["phone", "phone-number", "telephone", "mobile"],
    plural: "phone numbers",
    byName: 0.4,
    name: new RegExp(`(?:^|_)(?:tele|mobile_|cell_)?(?:phone|mobile|tel|fax|msisdn)${number}$`),
    in: ["text", "texts", "number"],
  },
  "national-id": {
    classes: ["national-id", "ssn", "social-security", "tax-id"],
    plural: "national identity numbers",
    byName: 0.45,
    name: new RegExp(
      `(?:^|_)(?:national_id|ssn|social_security|tax_id|tax_code|tin|passport|id_card|identity_card|dni|nif|nir|cpf|pesel|bsn|personnummer|driv(?:er|ing)s?_licen[cs]e)${number}$`,
    ),
    in: ["text", "number"],
  },
  "birth-date": {
    classes: ["birth-date", "date-of-birth", "birthday", "birth", "dob"],
    plural: "plausible dates of birth",
    byName: 0.4,
    name: /(?:^|_)(?:birth_?date|date_of_birth|birth_?day|dob|born(?:_on)?)$/,
    in: ["date", "timestamp", "text"],
  },
  salary: {
    classes: ["salary", "income", "compensation"],
    plural: "amounts",
    byName: 0.4,
    name: /(?:^|_)(?:salary|salaries|wages?|income|compensation|(?:gross|net|base|annual|monthly|hourly)_pay)(?:_(?:cents|eur|usd|amount|gross|net))?$/,
    in: ["number", "text"],
  },
  credential: {
    classes: ["credential", "secret", "token"],
    plural: "credentials",
    byName: 0.5,
    name: /(?:^|_)(?:passwords?|passwd|pwd|secrets?|api_?keys?|access_?keys?|private_?keys?|(?:access|refresh|session|auth|bearer|api|reset)_?token|credentials?)(?:_(?:hash|digest|encrypted))?$/,
    in: ["text", "texts", "uuid"],
  },
  address: {
    classes: ["address", "personal"],
    plural: "addresses",
    byName: 0.35,
    name: /(?:^|_)(?:street(?:_(?:name|address|line))?|address(?:_line)?(?:_?\d)?|post_?code|postal_code|zip(?:_?code)?|house_(?:number|no))$/,
    in: ["text"],
  },
  "person-name": {
    classes: ["name", "person-name", "personal"],
    plural: "shaped like people's names",
    byName: 0.3,
    name: /(?:^|_)(?:(?:first|last|given|family|middle|maiden|full|birth)_?name|sur_?name|fore_?name|(?:recipient|contact|customer|holder|cardholder|owner|person|patient|employee|guest|passenger|beneficiary|sender|user)_name)$/,
    in: ["text"],
  },
};

export type NamedKind = keyof typeof kinds;
const names = Object.keys(kinds) as NamedKind[];

/** `cardNumber`, `Card-Number`: card_number. */
export const wordsOf = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/[^\p{L}\d]+/gu, "_")
    .toLowerCase();

/** What a column is called that has its own meaning, whatever else its name says: `ip_address` is no address. */
const otherMeaning = /(?:^|_)(?:ip|mac|web|url|host|server|contract|wallet|file|memory)_address$/;

/** The kinds that a name means under a type. */
export function kindsByName(name: string, family: Family): NamedKind[] {
  const words = wordsOf(name);
  if (otherMeaning.test(words)) return [];
  return names.filter((kind) => kinds[kind].in.includes(family) && kinds[kind].name.test(words));
}

/** A table that is named after people: what is called `name` in it is theirs. */
const people =
  /(?:^|_)(?:customers?|clients?|users?|employees?|persons?|people|members?|patients?|contacts?|guests?|students?|staff|drivers?|subscribers?|leads?|passengers?)$/;
export const isNamedAfterPeople = (relation: string): boolean => people.test(wordsOf(relation));
