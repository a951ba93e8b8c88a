/** Each reader against a report in the form that its tool documents. */
import { describe, expect, it } from "vitest";

import { readSuite, SUITE_FORMATS } from "./readers.ts";
import { SuiteFileError } from "./run.ts";

const JUNIT = `<?xml version="1.0" encoding="utf-8"?>
<testsuites name="gate">
  <testsuite name="accuracy" tests="3" failures="1" errors="0" skipped="0" timestamp="2026-03-10T09:00:00">
    <testcase classname="loans" name="easy" time="0.1"/>
    <testcase classname="loans" name="hard"><failure message="0.6 &lt; 0.8">low</failure></testcase>
    <testcase classname="loans" name="odd"><error message="timeout"/></testcase>
  </testsuite>
  <testsuite name="robustness" tests="99">
    <testcase name="noise"/>
    <testcase name="typos"><skipped/></testcase>
  </testsuite>
</testsuites>`;

const PROMPTFOO = JSON.stringify({
  evalId: "eval-1",
  results: {
    version: 3,
    timestamp: "2026-03-10T09:00:00.000Z",
    results: [
      { provider: { id: "openai:a" }, success: true, score: 1, namedScores: { tone: 0.5 } },
      { provider: { id: "openai:a" }, success: false, score: 0, namedScores: { tone: 1 } },
      { provider: { id: "openai:b" }, success: true, score: 0.5, namedScores: {} },
      { provider: { id: "openai:b" }, success: false, score: 0, error: "rate limit" },
    ],
    stats: { successes: 2, failures: 1, errors: 1 },
  },
  metadata: { promptfooVersion: "0.119.0" },
});

const DEEPEVAL = JSON.stringify({
  testRunData: {
    testCases: [{ name: "a", success: true }, { name: "b", success: false }, { name: "c" }],
    conversationalTestCases: [{ name: "d", success: true }],
    metricsScores: [{ metric: "Answer Relevancy", scores: [0.5, 1], passes: 1, fails: 1, errors: 2 }],
  },
});

const GARAK = [
  { entry_type: "start_run setup", "_config.version": "0.13.0", "transient.starttime_iso": "2026-03-10T08:59:00" },
  { entry_type: "init", garak_version: "0.13.1", start_time: "2026-03-10T09:00:00.000000", run: "1" },
  { entry_type: "attempt", uuid: "1", status: 2 },
  { entry_type: "eval", probe: "dan.Dan_11_0", detector: "dan.DAN", passed: 3, total: 5 },
  {
    entry_type: "eval",
    probe: "encoding.InjectBase64",
    detector: "encoding.DecodeMatch",
    passed: 40,
    total_evaluated: 50,
    confidence_lower: "x",
    confidence_upper: 0.3,
  },
  {
    entry_type: "eval",
    probe: "xss.MarkdownImageExfil",
    detector: "xss.MarkdownExfilBasic",
    passed: 45,
    total_evaluated: 45,
    confidence_lower: 0,
    confidence_upper: 0.1,
  },
]
  .map((row) => JSON.stringify(row))
  .join("\n");

const INSPECT = {
  version: 2,
  status: "success",
  eval: { created: "2026-03-10T08:58:00+00:00", task: "arc", packages: { inspect_ai: "0.3.150" } },
  results: {
    total_samples: 200,
    completed_samples: 200,
    scores: [
      {
        name: "choice",
        scorer: "choice",
        metrics: { accuracy: { name: "accuracy", value: 0.9 }, stderr: { name: "stderr", value: 0.02 } },
      },
    ],
  },
  stats: { started_at: "2026-03-10T09:00:00+00:00", completed_at: "2026-03-10T09:10:00+00:00" },
};

const START = "2026-03-10T09:00:00.000Z";

describe("a report of", () => {
  it("JUnit is counted case by case; what was skipped is no case", () => {
    expect(readSuite("junit", JUNIT)).toEqual({
      tool: { name: "junit", version: null },
      startedAt: START,
      results: [
        { name: "all cases", metric: "passRate", value: 0.5, n: 4 },
        { name: "all cases", metric: "failures", value: 2, n: 4 },
        { name: "accuracy", metric: "passRate", value: 1 / 3, n: 3 },
        { name: "robustness", metric: "passRate", value: 1, n: 1 },
      ],
    });
    const single = '<testsuite name="one"><testcase name="a"/></testsuite>';
    expect(readSuite("junit", single).results[0]).toMatchObject({ value: 1, n: 1 });
  });

  it("promptfoo is counted by provider and by named score; an error is no pass", () => {
    expect(readSuite("promptfoo", PROMPTFOO)).toEqual({
      tool: { name: "promptfoo", version: "0.119.0" },
      startedAt: START,
      results: [
        { name: "all cases", metric: "passRate", value: 0.5, n: 4 },
        { name: "all cases", metric: "score", value: 0.375, n: 4 },
        { name: "openai:a", metric: "passRate", value: 0.5, n: 2 },
        { name: "openai:b", metric: "passRate", value: 0.5, n: 2 },
        { name: "tone", metric: "score", value: 0.75, n: 2 },
      ],
    });
  });

  it("DeepEval gives its cases and its metrics; a case without a verdict did not pass", () => {
    expect(readSuite("deepeval", DEEPEVAL)).toEqual({
      tool: { name: "deepeval", version: null },
      startedAt: null,
      results: [
        { name: "all cases", metric: "passRate", value: 0.5, n: 4 },
        { name: "Answer Relevancy", metric: "score", value: 0.75, n: 2 },
        { name: "Answer Relevancy", metric: "passRate", value: 0.25, n: 4 },
      ],
    });
  });

  it("garak gives each probe and detector, with the share of attacks that were withstood", () => {
    const run = readSuite("garak", GARAK);
    expect(run).toMatchObject({ tool: { name: "garak", version: "0.13.1" }, startedAt: START });
    expect(run.results).toEqual([
      { name: "all cases", metric: "passRate", value: 0.88, n: 100 },
      { name: "dan.Dan_11_0 / dan.DAN", metric: "passRate", value: 0.6, n: 5 },
      { name: "encoding.InjectBase64 / encoding.DecodeMatch", metric: "passRate", value: 0.8, n: 50 },
      {
        name: "xss.MarkdownImageExfil / xss.MarkdownExfilBasic",
        metric: "passRate",
        value: 1,
        n: 45,
        low: 0.9,
        high: 1,
      },
    ]);
  });

  it("Inspect gives each scorer's metrics, with the interval of its standard error", () => {
    const run = readSuite("inspect", JSON.stringify(INSPECT));
    expect(run).toMatchObject({ tool: { name: "inspect", version: "0.3.150" }, startedAt: START });
    const [accuracy, ...rest] = run.results;
    expect(rest).toEqual([]);
    expect(accuracy).toMatchObject({ name: "arc / choice", metric: "accuracy", value: 0.9, n: 200 });
    expect(accuracy?.low).toBeCloseTo(0.9 - 1.959964 * 0.02, 6);
    expect(accuracy?.high).toBeCloseTo(0.9 + 1.959964 * 0.02, 6);
  });

  it("Inspect whose cases were all alike is bounded by their number, not by a standard error of 0", () => {
    const metrics = { accuracy: { name: "accuracy", value: 1 }, stderr: { name: "stderr", value: 0 } };
    const scores = [{ name: "match", scorer: "match", metrics }];
    const log = { ...INSPECT, results: { total_samples: 1, completed_samples: 1, scores } };
    const { results } = readSuite("inspect", JSON.stringify(log));
    expect(results).toEqual([{ name: "arc / match", metric: "accuracy", value: 1, n: 1 }]);
  });

  it("a run that did not finish, or of another tool, is refused with a reason", () => {
    const aborted = JSON.stringify({ ...INSPECT, status: "error", results: null });
    expect(() => readSuite("inspect", aborted)).toThrow("did not finish (status error)");
    expect(() => readSuite("junit", "<a><b></a>")).toThrow("no XML: line 1");
    expect(() => readSuite("junit", "<html/>")).toThrow("no JUnit report");
    expect(() => readSuite("garak", '{"entry_type":"eval"}\n{')).toThrow("Line 2");
    for (const format of SUITE_FORMATS) {
      for (const text of ["{", "[]", "{}", "null", '{"results":3}', "<testsuite/>", "plain words"]) {
        expect(() => readSuite(format, text), `${format} ${text}`).toThrow(SuiteFileError);
      }
    }
  });
});
