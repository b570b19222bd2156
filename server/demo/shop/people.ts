import { type Country, cardNumber, countries, iban, phone } from "./numbers.ts";
import type { Random } from "./random.ts";

const firstNames = [
  "Alex",
  "Anna",
  "Ben",
  "Charlie",
  "Clara",
  "David",
  "Ella",
  "Emil",
  "Eva",
  "Finn",
  "Greta",
  "Hanna",
  "Ida",
  "Jan",
  "Jo",
  "Kim",
  "Lars",
  "Lea",
  "Leo",
  "Lisa",
  "Max",
  "Mia",
  "Nina",
  "Noah",
  "Ola",
  "Paul",
  "Robin",
  "Sam",
  "Sara",
  "Tom",
] as const;
const lastNames = [
  "Beispiel",
  "Bergmann",
  "Dahl",
  "Exempel",
  "Feldmann",
  "Grundmann",
  "Hansen",
  "Holm",
  "Jensen",
  "Korhonen",
  "Larsen",
  "Lindberg",
  "Lund",
  "Meier",
  "Muster",
  "Nielsen",
  "Nyberg",
  "Olsen",
  "Placeholder",
  "Sample",
  "Schulz",
  "Specimen",
  "Strand",
  "Svensson",
  "Testmann",
  "Vik",
  "Virtanen",
  "Weber",
] as const;
const mailHosts = [
  "mail.example",
  "post.example",
  "inbox.example",
  "letters.example",
  "office.example",
] as const;
const streets = ["Sample Street", "Harbour Road", "Mill Lane", "Station Square", "Garden Walk"] as const;
const cities = ["Exampleton", "Northport", "Lakeside", "Oldbridge", "Hillfield"] as const;
const interests = ["running", "cycling", "camping", "climbing", "sailing", "skiing"] as const;

const dayMs = 86_400_000;

/** A date of birth for somebody of 18 to 80 years in 2020. */
const birthDate = (random: Random): string =>
  new Date(Date.UTC(1940, 0, 1) + random.below(62 * 365) * dayMs).toISOString().slice(0, 10);

export type Customer = {
  name: string;
  email: string;
  phone: string;
  cardNumber: string;
  iban: string;
  birthDate: string;
  country: Country;
  profile: string;
};

/** A customer who exists nowhere. The number keeps e-mail addresses apart. */
export function customer(random: Random, id: number): Customer {
  const [first, last, country] = [random.pick(firstNames), random.pick(lastNames), random.pick(countries)];
  return {
    name: `${first} ${last}`,
    email: `${first}.${last}.${id}@${random.pick(mailHosts)}`.toLowerCase(),
    phone: phone(random, country),
    cardNumber: cardNumber(random),
    iban: iban(random, country),
    birthDate: birthDate(random),
    country,
    profile: JSON.stringify({
      language: country === "AT" ? "de" : country.toLowerCase(),
      newsletter: random.below(3) === 0,
      address: {
        street: `${random.pick(streets)} ${1 + random.below(180)}`,
        postcode: random.digits(5),
        city: random.pick(cities),
      },
      emergencyContact: { name: `${random.pick(firstNames)} ${last}`, phone: phone(random, country) },
      interests: [random.pick(interests)],
    }),
  };
}

const departments = ["Sales", "Fulfilment", "Support", "Engineering", "Finance", "People"] as const;

export type Employee = {
  name: string;
  email: string;
  nationalId: string;
  birthDate: string;
  department: string;
  salary: number;
  iban: string;
  managerId: number | null;
};

/** The first is everybody's manager's manager. National ids begin with 900, which nobody gives out. */
export function employee(random: Random, id: number): Employee {
  const [first, last] = [random.pick(firstNames), random.pick(lastNames)];
  return {
    name: `${first} ${last}`,
    email: `${first}.${last}.${id}@shop.example`.toLowerCase(),
    nationalId: `900-${random.digits(2)}-${random.digits(4)}`,
    birthDate: birthDate(random),
    department: random.pick(departments),
    salary: 32_000 + 250 * random.below(260),
    iban: iban(random, "DE"),
    managerId: id === 1 ? null : 1 + Math.floor((id - 2) / 8),
  };
}
