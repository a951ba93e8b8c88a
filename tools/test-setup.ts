/**
 * Before each test file. What the processes that tests start have compiled is kept for the next of them: a fifth of the
 * processor time of tests that start servers by the dozen. With STEWARD_SEED set, property tests draw the same cases in
 * every run, so that a landing is judged by the change and not by luck; without it every run draws others, and finds
 * what no run found before.
 */
import path from "node:path";

process.env["NODE_COMPILE_CACHE"] ??= path.join(import.meta.dirname, "../node_modules/.cache/compiled");

const seed = process.env["STEWARD_SEED"];
if (seed !== undefined) {
  const { default: fc } = await import("fast-check");
  fc.configureGlobal({ seed: Number(seed) });
}
