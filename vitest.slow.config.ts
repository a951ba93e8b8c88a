import { defineConfig } from "vitest/config";

/** Simulations that take minutes: `vitest run -c vitest.slow.config.ts`. */
export default defineConfig({
  test: {
    include: ["packages/*/test/slow/**/*.slow.ts"],
    pool: "forks",
    silent: false,
  },
});
