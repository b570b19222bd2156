import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{server,shared,tools,web}/**/*.test.{ts,tsx}"],
    globalSetup: ["server/db/testing-server.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
