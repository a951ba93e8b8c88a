import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/{src,test}/**/*.test.{ts,tsx}",
      "apps/*/{src,test}/**/*.test.{ts,tsx}",
      "tools/**/*.test.ts",
      "examples/*/test/**/*.test.ts",
      "e2e/**/*.test.ts",
    ],
    globalSetup: ["apps/server/test/support/global-setup.ts"],
    pool: "forks",
    // Nothing is timed here: the limit only ends what hangs, and a shared machine may be ten times slower.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
