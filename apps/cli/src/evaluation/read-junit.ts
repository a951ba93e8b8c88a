/**
 * JUnit XML, as pytest, vitest, Maven and most test runners write it. There is no one schema: test cases are counted
 * rather than the totals believed. A case with <failure> or <error> did not pass; one with <skipped> is no case.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";

import { ALL, asData, asInstant, asRows, asText, type Data, passRate, SuiteFileError, type SuiteRun } from "./run.ts";

const LISTS = new Set(["testsuite", "testcase"]);

export function readJunit(text: string): SuiteRun {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new SuiteFileError(`This is no XML: line ${valid.err.line}, ${valid.err.msg}`);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseAttributeValue: false,
    isArray: (name) => LISTS.has(String(name)),
  });
  const root = parser.parse(text) as Data;
  const suites = suitesOf(asData(root["testsuites"]) ?? root);
  if (suites.length === 0) throw new SuiteFileError("This XML has no <testsuite>, so it is no JUnit report.");
  const counted = suites.map((suite) => ({ name: asText(suite["@name"]) ?? "unnamed suite", ...count(suite) }));
  const passed = counted.reduce((sum, suite) => sum + suite.passed, 0);
  const n = counted.reduce((sum, suite) => sum + suite.n, 0);
  if (n === 0) throw new SuiteFileError("This JUnit report has no test case that ran.");
  const ran = counted.filter((suite) => suite.n > 0);
  return {
    tool: { name: "junit", version: null },
    startedAt: suites.map((suite) => asInstant(suite["@timestamp"])).find((moment) => moment !== null) ?? null,
    results: [
      passRate(ALL, passed, n),
      { name: ALL, metric: "failures", value: n - passed, n },
      ...(ran.length > 1 ? ran.map((suite) => passRate(suite.name, suite.passed, suite.n)) : []),
    ],
  };
}

/** Suites may be nested; each counts its own cases. */
function suitesOf(node: Data): Data[] {
  return asRows(node["testsuite"]).flatMap((suite) => [suite, ...suitesOf(suite)]);
}

function count(suite: Data): { passed: number; n: number } {
  const ran = asRows(suite["testcase"]).filter((one) => !("skipped" in one));
  return { n: ran.length, passed: ran.filter((one) => !("failure" in one) && !("error" in one)).length };
}
