import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
/** The runner that adds everything up asks for a report in a file. */
const report = process.env["PLAYWRIGHT_JSON_OUTPUT_NAME"];
const workers = Number(process.env["SLUICE_E2E_WORKERS"] ?? 2);

/** Whole programs and a whole browser, on loopback alone. */
export default defineConfig({
  testDir: ".",
  globalSetup: "./targets/seeded.ts",
  outputDir: "../test-results",
  workers,
  fullyParallel: false,
  // In the whole run alone, which names what needed it (docs/adr/0013).
  retries: report === undefined ? 0 : 1,
  forbidOnly: process.env["CI"] !== undefined,
  // What passes waits for none of these: they are for a machine of two cores that does other work too.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: report === undefined ? [["line"]] : [["line"], ["json", { outputFile: report }]],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    launchOptions: {
      ...(existsSync(chromium) && { executablePath: chromium }),
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
