/** A report as JUnit XML, so that a CI server shows each rule and slice as a test. */
import type { BiasReport, Finding } from "../report.ts";
import { disparityWords, sliceWords } from "../words.ts";
import { escapeXml } from "./markup.ts";

/**
 * One test case per rule and slice. A failed rule is a failure; an undecided one is an error, because a skipped test
 * looks green. Without a policy there is nothing to test: an empty suite.
 */
export function renderJunit(report: BiasReport): string {
  const { findings } = report;
  const failures = findings.filter((finding) => finding.verdict === "fail").length;
  const errors = findings.filter((finding) => finding.verdict === "insufficient").length;
  const counts = `tests="${findings.length}" failures="${failures}" errors="${errors}"`;
  const name = escapeXml(
    report.policy === null ? "bias (no policy)" : `bias: ${report.policy.name} ${report.policy.version}`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${name}" ${counts}>`,
    ...findings.map((finding) => testCase(finding)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(finding: Finding): string {
  const slice = finding.slice.attributes.length === 0 ? "all slices" : sliceWords(finding.slice);
  const open = `    <testcase classname="bias.${escapeXml(finding.disparity)}" name="${escapeXml(`${disparityWords(finding.disparity)} by ${slice}`)}"`;
  if (finding.verdict === "pass") return `${open}/>`;
  const [tag, type] = finding.verdict === "fail" ? ["failure", "threshold"] : ["error", "insufficient"];
  const reading = escapeXml(finding.reading);
  return `${open}>\n      <${tag} type="${type}" message="${reading}">${reading}</${tag}>\n    </testcase>`;
}
