import type { ClassMap, DataClass } from "../../../shared/nouns/catalog.ts";
import { storedCodeSql } from "./stored-code.ts";

/** Two shops that differ in nothing but their hidden values, and look the same through the masks. */
export type Variant = "a" | "b";

export type Person = {
  email: string;
  card: string;
  phone: string;
  iban: string;
  salary: number;
  born: string;
  profile: string;
  number: string;
  /** A document of open and hidden parts. */
  details: string;
};

const cities = ["Berlin", "Paris", "Madrid", "Oslo", "Wien"];
const countries = ["DE", "FR", "ES", "NO", "AT"];
const domains = ["example.org", "example.com", "mail.example.net"];
export const customerCount = 40;

/** The hidden values of customer `i`, from 1. Masks keep the e-mail's domain, the card's last four and the birth year. */
export function person(variant: Variant, i: number): Person {
  const seed = variant === "a" ? 7919 : 104_723;
  const digits = (length: number, salt: number) => {
    let out = "";
    for (let n = 0; n < length; n++)
      out += String(((i + 3) * (seed + salt) * (n + 11) + ((i * n + salt) >> 1)) % 10);
    return out;
  };
  const letters = Array.from({ length: 9 }, (_, n) =>
    String.fromCharCode(97 + ((((i + 5) * seed * (n + 3)) >> 3) % 26)),
  ).join("");
  const last = String(1000 + i * 37).slice(-4);
  return {
    email: `${letters}${i}@${domains[i % domains.length]}`,
    card: `${variant === "a" ? 4 : 5}${digits(11, 5)}${last}`,
    phone: `+${variant === "a" ? 49 : 33}${digits(10, 17)}`,
    iban: `${variant === "a" ? "DE" : "FR"}${digits(18, 29)}`,
    // In another order, so that an order would tell.
    salary: variant === "a" ? 30_011 + i * 97 : 71_003 - i * 61,
    born: `${1950 + (i % 40)}-${variant === "a" ? "0" : "1"}${1 + (i % 2)}-${10 + (i % 18)}`,
    profile: JSON.stringify({
      passport: `${variant}${letters.toUpperCase()}`,
      likes: variant === "a" ? "opera" : "chess",
    }),
    number: `${digits(4, 3)}-${digits(8, 67)}-${String(i * 7907).padStart(6, "0")}`,
    details: JSON.stringify({
      newsletter: i % 2 === 0,
      address: { street: `${letters} ${i}`, city: cities[i % 5] },
      phones: [
        { kind: "home", number: `0${digits(9, 41)}${last}` },
        ...(i % 3 === 0 ? [{ kind: "none" }] : []),
      ],
      // Every tenth document has another shape.
      ...(i % 10 === 0 ? { address: `${letters} street`, phones: null } : {}),
    }),
  };
}

/** Values that must never come out, with their minimal telling length. */
export function secretsOf(variant: Variant): string[] {
  return Array.from({ length: customerCount }, (_, n) => person(variant, n + 1)).flatMap((p) => [
    p.email.slice(0, p.email.indexOf("@")),
    p.card.slice(0, 12),
    p.phone,
    p.iban,
    p.number,
    p.profile.slice(13, 23),
  ]);
}

export const dataClasses: DataClass[] = [
  { name: "email", description: "", mask: { kind: "email-domain" }, lookup: true },
  { name: "card", description: "", mask: { kind: "last", count: 4 }, lookup: false },
  { name: "phone", description: "", mask: { kind: "redact" }, lookup: true },
  { name: "iban", description: "", mask: { kind: "token" }, lookup: false },
  { name: "salary", description: "", mask: { kind: "null" }, lookup: false },
  { name: "birth", description: "", mask: { kind: "date", to: "year" }, lookup: false },
  { name: "profile", description: "", mask: { kind: "redact" }, lookup: false },
  { name: "account", description: "", mask: { kind: "digits" }, lookup: true },
  { name: "zip", description: "", mask: { kind: "redact" }, lookup: true },
  {
    name: "details",
    description: "",
    mask: {
      kind: "json",
      paths: { "address.street": { kind: "redact" }, "phones[*].number": { kind: "last", count: 4 } },
    },
    lookup: false,
  },
];

export const classMap: ClassMap = {
  "public.customers": {
    email: "email",
    card: "card",
    phone: "phone",
    iban: "iban",
    salary: "salary",
    born: "birth",
    profile: "profile",
  },
  "public.accounts": { number: "account", handle: "email", zip: "zip", details: "details" },
  "public.logins": { email: "email" },
  "hr.staff": { wage: "salary" },
  "public.subscribers": { told: "none" },
  "public.caps": { wage: "salary", code: "phone" },
};

/** The DDL and the rows of a shop. */
export function shopSql(variant: Variant): string {
  const rows = Array.from({ length: customerCount }, (_, n) => {
    const i = n + 1;
    const p = person(variant, i);
    const empty = i % 13 === 0;
    return `(${i}, 'Customer ${i}', '${cities[i % 5]}', '${countries[i % 5]}', ${i % 3 === 0}, '${p.email}', ${empty ? "NULL" : `'${p.card}'`}, '${p.phone}', '${p.iban}', ${p.salary}, '${p.born}', '${p.profile}', ARRAY['t${i % 4}','x'], '2024-0${1 + (i % 9)}-1${i % 9} 08:00:00+00')`;
  });
  const accounts = Array.from({ length: customerCount }, (_, n) => {
    const i = n + 1;
    const { number, email, iban, details } = person(variant, i);
    return `(${i}, ${i}, '${i % 4 === 0 ? "savings" : "giro"}', '${number}', '${email}', '${iban.slice(4, 9)}', '${details}')`;
  });
  return `
create schema hr;
create type mood as enum ('happy', 'sad');
create table customers (
  id int primary key, name text not null, city text, country char(2), vip boolean not null default false,
  email varchar(120) unique, card varchar(19), phone text, iban varchar(34), salary numeric(10,2), born date, profile jsonb,
  tags text[], created_at timestamptz not null);
insert into customers values ${rows.join(",\n")};
create index on customers (city);
create extension citext;
create domain zip as varchar(10) check (value ~ '^[0-9]+$');
create table accounts (id int primary key, customer_id int not null, kind text not null, number varchar(24), handle citext unique, zip zip, details jsonb);
insert into accounts values ${accounts.join(",\n")};
create index on accounts (kind);
create index on accounts (zip);
create table products (id int primary key, name text not null, price numeric(8,2) not null, attrs jsonb not null, mood mood, span int4range);
insert into products select i, 'Product ' || i, i * 1.5, jsonb_build_object('color', case i % 2 when 0 then 'red' else 'blue' end, 'size', i), case when i % 2 = 0 then 'happy'::mood end, int4range(i, i + 5) from generate_series(1, 20) i;
create table orders (id int primary key, customer_id int not null references customers (id), status text not null, total numeric(10,2) not null, placed_at timestamptz not null, note text);
insert into orders select i, 1 + i % ${customerCount}, (array['new','paid','shipped'])[1 + i % 3], (i * 7.25)::numeric(10,2), timestamptz '2024-01-01 00:00+00' + i * interval '7 hours', case when i % 5 = 0 then 'leave at the door' end from generate_series(1, 150) i;
create table order_items (order_id int references orders (id), product_id int references products (id), quantity int not null, primary key (order_id, product_id));
insert into order_items select o, p, 1 + (o + p) % 4 from generate_series(1, 150) o, generate_series(1, 3) p;
create table logins (id int, email varchar(120), at date not null) partition by range (at);
create table logins_2023 partition of logins for values from ('2023-01-01') to ('2024-01-01');
create table logins_2024 partition of logins for values from ('2024-01-01') to ('2025-01-01');
insert into logins select c.id, c.email, date '2023-06-01' + c.id * 10 from customers c;
create table hr.staff (id int primary key, name text, wage numeric(10,2), bonus numeric(10,2) generated always as (wage / 10) stored, boss int);
insert into hr.staff (id, name, wage, boss) select id, name, salary, nullif(id / 2, 0) from customers where id <= 10;
create table hr.managers (budget int) inherits (hr.staff);
insert into hr.managers (id, name, wage, boss, budget) select 100 + id, name, salary, null, 5 from customers where id <= 3;
create view contacts as select id, name, email as address, phone from customers;
create view contacts_upper as select id, upper(address) as shout, phone || '!' as call from contacts;
create view open_orders as select o.id, c.name, o.total from orders o join customers c on c.id = o.customer_id where o.status = 'new';
create view per_city as select city, count(*) as people, max(email) as last_email from customers group by city;
create view as_json as select id, to_jsonb(c) as everything from customers c;
create view shadowed as with x as (select id, card from customers), customers as (select 1 as one) select x.id, x.card as c, customers.one from x, customers;
create view looped as with recursive r as (select id, email from customers where id = 1 union all select c.id, c.email from customers c join r on c.id = r.id + 1 where c.id < 4) cycle email set again using path select id, path::text as way from r;
create view unioned as select id, name as what from customers union all select id, phone from customers;
create view sampled as select s.id, s.u from (select id, unnest(array[email, phone]) u from customers) s;
create view joined as select j.p, j.q from (customers c join orders o on o.customer_id = c.id) j(p, n, ci, co, v, q);
create view counted as select count(email) as mails, count(*) filter (where card like '4%') as visas from customers;
create view account_details as select id, details, details ->> 'newsletter' as newsletter from accounts;
create view account_parts as select id, details -> 'newsletter' as news, (details ->> 'newsletter')::boolean as subscribed, details -> 'address' as address, details #>> '{address,city}' as city, details #>> '{address,street}' as street, details['phones'] as phones, ((details -> 'phones') -> 0) ->> 'kind' as first_kind, ((details -> 'phones') -> 0) ->> 'number' as first_number, details ->> 'address' as address_text, details -> 0 as first, details::text as whole, ((details ->> 'address')::text || '') as glued, coalesce(details ->> 'newsletter', details #>> '{address,street}') as mixed, details ->> ('news' || 'letter') as computed from accounts;
create view account_news as with x as (select id, news, city as town, street from account_parts) select p.id, p.news, p.town, p.street as way from x p where p.id > 0;
create view account_either as select id, news::text as part from account_parts union all select id, street from account_parts;
create view renamed (a, b) as with x (k, v) as (select id, card from customers) select k, v from x;
create materialized view directory as select id, name, left(email, 5) as start from customers;
create function email_of(int) returns text language sql stable as 'select email::text from customers where id = $1';
create function total_of(int) returns numeric language sql stable as 'select sum(total) from orders where customer_id = $1';
create function paid_by(int) returns numeric language sql stable return (select sum(total) from orders where customer_id = $1);
create function card_of(i int) returns text language plpgsql stable as $$ declare r customers%rowtype; begin select * into r from customers where id = i; return r.card; end $$;
create function anything(t text) returns text language plpgsql as $$ declare r text; begin execute t into r; return r; end $$;
create function twice(n int) returns int language sql immutable as 'select n * 2';
create function shadow() returns text language sql stable as 'with x as (select card from customers limit 1), customers as (select 1) select card from x';
create function total_and_mail(c int) returns text language plpgsql stable as $$ declare t numeric := total_of(c); begin if exists (select from contacts where id = c and address like 'a%') then return 'a'; end if; return t::text; end $$;
create function name_of(i int) returns text language plpgsql stable as $$ declare n text; begin select c.name into n from customers c where c.id = i; return n; end $$;
create function whole(i int) returns text language sql stable as 'select c::text from customers c where id = i';
create function contact_of(int) returns text language sql stable security definer set search_path = pg_catalog, public as 'select name || '' '' || email from customers where id = $1';
create function email_by_card(text) returns text language sql stable as 'select email from customers where card like $1';
create function note_handle() returns trigger language plpgsql security definer as $$ begin if new.handle is distinct from old.handle then raise notice '% instead of %', new.handle, old.handle; end if; return new; end $$;
create trigger accounts_handle before update on accounts for each row execute function note_handle();
create function hint(i int) returns text language plpgsql as $$ begin return email_of(i); end $$;
${storedCodeSql}
analyze;
`;
}
