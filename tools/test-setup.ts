/**
 * Before each test file: with STEWARD_SEED set, property tests draw the same cases in every run, so that a landing is
 * judged by the change and not by luck. Without it every run draws others, and finds what no run found before.
 */
const seed = process.env["STEWARD_SEED"];
if (seed !== undefined) {
  const { default: fc } = await import("fast-check");
  fc.configureGlobal({ seed: Number(seed) });
}
