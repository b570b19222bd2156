// What runs against a real PostgreSQL, for the oldest server that is tested: the embedded one is PostgreSQL 18.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Suites that ask a target. */
export const suites = [
  "server/masking",
  "server/protocols/postgres/catalog",
  "server/protocols/postgres/connect",
  "server/protocols/postgres/facts/attribution",
  "server/protocols/postgres/facts/outside-transaction",
  "server/protocols/postgres/facts/read-only",
  "server/protocols/postgres/facts/system-tables",
];

/** The folder of PostgreSQL 15's programs: Debian's, or the one that POSTGRES15_BIN names. Undefined, and said why, without it. */
export function postgres15() {
  const folder = process.env.POSTGRES15_BIN || "/usr/lib/postgresql/15/bin";
  if (existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"))) return folder;
  console.error(
    `PostgreSQL 15 is missing: there is no ${join(folder, "postgres")}.\n` +
      "Install it (Debian: apt-get install postgresql-15), or set POSTGRES15_BIN to the folder of its programs.",
  );
  return undefined;
}
