import { readFileSync } from "node:fs";

import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";

import {
  evaluateClassification,
  evaluateCounterfactual,
  impactRatios,
  parsePolicy,
  renderCycloneDx,
  renderHtml,
  renderJunit,
  renderLl144,
  renderTable,
} from "../src/index.ts";
import type { BiasReport, OutcomeCell } from "../src/index.ts";
import { oneWay, people, tableOf } from "./rows.ts";

const POLICY = parsePolicy({
  schema: "steward/bias-policy/v1",
  name: 'Loans <& "credit">',
  version: 2,
  rules: [
    { disparity: "demographicParityRatio", threshold: 0.8 },
    { disparity: "equalOpportunityDifference", threshold: 0.1 },
  ],
});

const table = tableOf(
  people(2000, 6).map((row) => Object.assign(row, { weight: 1 })),
  ["race", "sex"],
);
const judged = evaluateClassification(table, { policy: POLICY, replicates: 0 });
const figures = evaluateClassification(table, { replicates: 0 });
const hostile = evaluateClassification(
  { attributes: ["<b>"], cells: oneWay({ '"><script>': [40, 10, 30, 20], "b&b": [15, 5, 60, 20] }).cells },
  { policy: POLICY, replicates: 0 },
);
const WHEN = {
  model: "loans",
  serialNumber: "3e671687-395b-41f5-a30f-a58921a69b79",
  timestamp: "2026-11-24T00:00:00Z",
};

describe("the table", () => {
  it("says verdict, figures and findings, or that there is no verdict", () => {
    const text = renderTable(judged);
    expect(text).toMatch(/^Verdict: (fail|insufficient)\n2,000 rows, 3 slices of race, sex/);
    expect(text).toContain("(unknown)");
    for (const finding of judged.findings) expect(text).toContain(finding.reading);
    expect(renderTable(figures)).toMatch(/^No policy was given/);
  });

  it("lines its columns up", () => {
    const lines = renderTable(figures).split("\n");
    const header = lines.findIndex((line) => line.startsWith("group "));
    const at = lines[header]?.indexOf("selection rate") as number;
    for (const line of lines.slice(header + 1, header + 5)) expect(line[at - 1]).toBe(" ");
  });
});

describe("the page", () => {
  it("stands alone, shows every slice and finding, and draws what it says", () => {
    const html = renderHtml(judged, { title: "Bias", details: [["File", "a.csv"]] });
    expect(html).not.toMatch(/<script|<link|https?:\/\//);
    expect(html).toContain("<h2>By race × sex</h2>");
    expect(html.match(/<svg /g)?.length).toBeGreaterThan(10);
    expect(html).toContain("0.8 of the highest rate");
    expect(html).toContain(">a.csv<");
    for (const finding of judged.findings) expect(html).toContain(finding.reading.replaceAll("'", "&#39;"));
    expect(renderHtml(figures, { title: "Bias", details: [] })).toContain("No verdict.");
  });

  it("breaks long names of groups into lines, and cuts only what fits no line", () => {
    const groups: Record<string, [number, number, number, number]> = {
      "Pacific islander, 30 to under 45 years": [40, 10, 30, 20],
      ["w".repeat(40)]: [15, 5, 60, 20],
    };
    const long = evaluateClassification({ attributes: ["group"], cells: oneWay(groups).cells }, { replicates: 0 });
    const names = [...renderHtml(long, { title: "Bias", details: [] }).matchAll(/class="name"[^>]*>([^<]*)/g)].map(
      ([, name]) => name?.trim(),
    );
    expect(names.slice(0, 3)).toEqual(["Pacific islander, 30 to", "under 45 years", `${"w".repeat(25)}…`]);
  });

  it("shows hostile names as text", () => {
    for (const text of [
      renderHtml(hostile, { title: "<i>", details: [] }),
      renderLl144(hostile, { title: "<i>", date: "", data: "" }),
    ]) {
      expect(text).not.toContain("<script");
      expect(text).not.toContain("<i>");
      expect(text).toContain("&lt;b&gt;");
    }
  });

  it("draws counterfactual gaps and undefined values too", () => {
    const report = evaluateCounterfactual({
      attribute: "sex",
      pairs: [{ a: "F", b: "M", both: 1, onlyA: 1, onlyB: 0, neither: 3 }],
      variants: [
        { value: "F", n: 5, sum: 2, sumSquares: 2 },
        { value: "M", n: 5, sum: 1, sumSquares: 1 },
      ],
    });
    const html = renderHtml(report, { title: "Pairs", details: [] });
    expect(html).toContain('class="thin"');
    expect(html).not.toContain("NaN");
  });
});

describe("Local Law 144 tables", () => {
  it("give impact ratios against the highest category, without unknown and excluded ones", () => {
    const cells = (name: string | null, hits: number, n: number): OutcomeCell[] => [
      { key: [name], outcome: "selectedUnlabelled", n: hits },
      { key: [name], outcome: "rejectedUnlabelled", n: n - hits },
    ];
    const policy = parsePolicy({ schema: "steward/bias-policy/v1", name: "NYC", version: 1, profile: "ll144" });
    const report = evaluateClassification(
      {
        attributes: ["sex"],
        cells: [...cells("F", 300, 1000), ...cells("M", 400, 1000), ...cells("X", 9, 10), ...cells(null, 5, 50)],
      },
      { policy, replicates: 0 },
    );
    const ratios = impactRatios(report.slices[0] as BiasReport["slices"][number], "selectionRate");
    expect(ratios.map(({ group, impactRatio }) => [group.key["sex"], impactRatio])).toEqual([
      ["F", expect.closeTo(0.75, 12)],
      ["M", 1],
      ["X", null],
    ]);
    const page = renderLl144(report, { title: "Audit", date: "2026-11-24", data: "all applications of 2025" });
    expect(page).toContain("left out: fewer than 2 % of the rows");
    expect(page).toContain("50 people with an unknown category are not included");
    expect(page).toContain("all applications of 2025");
  });
});

describe("JUnit", () => {
  it("makes a fail a failure and an undecided rule an error, never a skipped test", () => {
    const xml = renderJunit(judged);
    const count = (verdict: string): number => judged.findings.filter((finding) => finding.verdict === verdict).length;
    expect(xml.match(/<failure /g)?.length ?? 0).toBe(count("fail"));
    expect(xml.match(/<error /g)?.length ?? 0).toBe(count("insufficient"));
    expect(xml.match(/<testcase /g)?.length).toBe(judged.findings.length);
    expect(xml).toContain(`tests="${judged.findings.length}"`);
    expect(xml).toContain("Loans &lt;&amp; &quot;credit&quot;&gt;");
    expect(xml).not.toContain("<skipped");
    expect(renderJunit(figures)).toContain('tests="0"');
  });
});

describe("CycloneDX", () => {
  const schema = (name: string): object =>
    JSON.parse(
      readFileSync(
        new URL(import.meta.resolve(`@cyclonedx/cyclonedx-library/package.json`)).pathname.replace(
          "package.json",
          `res/schema/${name}`,
        ),
        "utf8",
      ),
    ) as object;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  // Two formats that ajv-formats lacks; nothing here has such a field.
  ajv.addFormat("iri-reference", true);
  ajv.addFormat("idn-email", true);
  ajv.addSchema(schema("spdx.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json");
  ajv.addSchema(schema("jsf-0.82.SNAPSHOT.schema.json"), "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json");
  const validate = ajv.compile(schema("bom-1.6.SNAPSHOT.schema.json"));

  it.each([
    ["judged", judged],
    ["figures", figures],
    ["hostile names", hostile],
  ])("is valid by the official schema of 1.6: %s", (_, report) => {
    const document: unknown = JSON.parse(renderCycloneDx(report, WHEN));
    validate(document);
    expect(validate.errors).toBeNull();
  });

  it("and the schema does refuse what is not valid", () => {
    const broken = JSON.parse(renderCycloneDx(judged, WHEN)) as { components: { type: string }[] };
    (broken.components[0] as { type: string }).type = "oracle";
    expect(validate(broken)).toBe(false);
  });
});
