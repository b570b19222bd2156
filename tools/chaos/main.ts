import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chaos, print } from "./chaos.ts";

const output = join(".cache", "chaos");
const { values } = parseArgs({
  options: {
    program: { type: "string", default: join("dist", "server", "main.js") },
    minutes: { type: "string", default: "3" },
    rounds: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const report = await chaos({
  program: values.program,
  until:
    values.rounds === undefined ? { ms: Number(values.minutes) * 60_000 } : { rounds: Number(values.rounds) },
  seed: Number(values.seed),
  log: (line) => console.log(line),
});
mkdirSync(output, { recursive: true });
writeFileSync(join(output, "latest.json"), `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`\n${print(report)}\n\n${join(output, "latest.json")}`);
process.exitCode = report.ok ? 0 : 1;
