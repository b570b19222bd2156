import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generated, problems, root } from "./documents.ts";

const usage = "usage: node tools/docs.mjs [--check]";

/** Returns the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const [option] = args;
  if (option === undefined) {
    for (const { file, text, stale } of generated()) {
      if (!stale) continue;
      writeFileSync(join(root, file), text);
      console.log(`written: ${file}`);
    }
    return report();
  }
  if (option === "--check" && args.length === 1) return report();
  console.error(usage);
  return 2;
}

function report(): number {
  const found = problems();
  for (const problem of found) console.error(problem);
  return found.length === 0 ? 0 : 1;
}
