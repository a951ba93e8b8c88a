import { defineConfig } from "vitest/config";

/** Simulations that take minutes: `vitest run -c vitest.slow.config.ts`. */
export default defineConfig({
  test: {
    include: ["packages/*/test/slow/**/*.slow.ts", "apps/*/test/slow/**/*.slow.ts"],
    globalSetup: ["apps/server/test/support/global-setup.ts"],
    pool: "forks",
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
    silent: false,
  },
});
