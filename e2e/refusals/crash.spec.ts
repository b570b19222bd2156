import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Each of two gateways, the store and the target, twice. `npm run chaos` goes on for minutes. */
const rounds = "8";

test("whatever is killed at whatever moment, clients, target and ledger agree afterwards", async () => {
  test.setTimeout(900_000);
  const run = spawn(
    process.execPath,
    ["--import", "tsx", "tools/chaos/main.ts", "--rounds", rounds, "--seed", "4711"],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  for (const stream of [run.stdout, run.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = await once(run, "close");
  expect(said).toContain("All promises held.");
  expect(code).toBe(0);
});
