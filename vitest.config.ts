import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: ["tools/test-setup.ts"],
    pool: "forks",
    // Many files wait for a server or a browser: on two cores one worker, the default, leaves a core idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Nothing is timed here: the limit only ends what hangs, and a shared machine may be ten times slower.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: {
          name: "packages",
          include: ["packages/*/{src,test}/**/*.test.{ts,tsx}"],
          // They keep nothing between files, and a process for each would take longer than most of them.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "whole",
          include: [
            "apps/*/{src,test}/**/*.test.{ts,tsx}",
            "tools/**/*.test.ts",
            "examples/*/test/**/*.test.ts",
            "e2e/**/*.test.ts",
          ],
          globalSetup: ["apps/server/test/support/global-setup.ts"],
        },
      },
    ],
  },
});
