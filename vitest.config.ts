import { availableParallelism } from "node:os";

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Longest first, so that no worker is left with a long file when the others are done: servers, browsers, the rest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) =>
      [/\/apps\/server\/test\//, /\/e2e\//].findIndex((folder) => folder.test(moduleId)) >>> 0;
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    setupFiles: ["tools/test-setup.ts"],
    pool: "forks",
    sequence: { sequencer: LongestFirst },
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
          // A process for each file would load and compile the server and its libraries a hundred times.
          isolate: false,
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
