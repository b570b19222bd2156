import { readFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOf } from "./markdown.ts";

/** The README's story with curl as one script, told to another address. */
export function storyOf(root: string, url: string): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  return blocksOf(readme, "bash")
    .map(({ text }) => text)
    .join("\n")
    .replace(/^SLUICE=.*$/m, `SLUICE=${new URL(url).origin}`);
}
