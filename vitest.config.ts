import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{server,shared,tools,web}/**/*.test.{ts,tsx}"],
    globalSetup: ["server/db/testing-server.ts"],
    // What passes waits for none of these: they are for a machine of two cores that does other work too.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    pool: "forks",
    // Suites wait more than they work, for databases, shells and timers: two busy cores serve four.
    maxWorkers: 4,
  },
});
