/** Every document of every repository of the corpus is valid, and says what the scan found. */
import { readFileSync } from "node:fs";
import process from "node:process";

import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";

import {
  CYCLONEDX_VERSIONS,
  importCycloneDx,
  shippedRules,
  supplierTitles,
  toCycloneDx,
  toSarif,
  toSpdx,
  type BomOptions,
  type Scan,
} from "../src/index.ts";
import { cycloneDxValidator, sarifValidator } from "./schemas.ts";
import { spdxProblems } from "./spdx-checks.ts";
import { readBundles, scanFiles, type Files } from "./support.ts";

const OPTIONS: BomOptions = {
  name: "a shop & its <assistant>",
  version: "1.4.0",
  serialNumber: "01999999-aaaa-7bbb-8ccc-dddddddddddd",
  timestamp: "2026-11-24T10:15:00.123456Z",
  suppliers: supplierTitles(),
};

const CARD = `---
license: apache-2.0
language: [en, de]
pipeline_tag: text-classification
base_model: google-bert/bert-base-uncased
datasets: [imdb]
metrics: [accuracy, f1]
model-index: [{name: review-classifier}]
---
# Review classifier
`;

/** Names that a careless writer of documents would break on. */
const HOSTILE: Files = {
  "src/a b/%23 caf\u00e9.py":
    'import openai\nopenai.OpenAI(base_url="https://llm.example.org/v1 beta").chat.completions.create(model="gpt-4o")\n',
  "models/review/README.md": CARD,
  "train.py": 'from datasets import load_dataset\nload_dataset("imdb")\n',
  ".env.example": "OPENAI_API_KEY=\n",
};

const repositories = [
  { repo: "hostile names and a model card", files: HOSTILE },
  { repo: "nothing at all", files: { "README.md": "# Empty\n" } },
  ...readBundles<{ repo: string; files: Files }[]>("corpus").flat(),
];
const scans = new Map<string, Scan>();
for (const { repo, files } of repositories) scans.set(repo, await scanFiles(files));

describe("CycloneDX", () => {
  test.each(CYCLONEDX_VERSIONS)("%s: every document is valid by the official schema", (version) => {
    const validate = cycloneDxValidator(version);
    for (const [repo, scan] of scans) {
      validate(JSON.parse(toCycloneDx(scan, OPTIONS, version)));
      expect({ repo, errors: validate.errors }).toEqual({ repo, errors: null });
    }
    expect(
      validate({ ...JSON.parse(toCycloneDx(scans.get("nothing at all") as Scan, OPTIONS, version)), version: 0 }),
    ).toBe(false);
  });

  test("what is written is read back whole", () => {
    for (const [repo, scan] of scans) {
      const read = importCycloneDx(toCycloneDx(scan, OPTIONS, "1.7"), "bom.json", shippedRules());
      const plain = (components: Scan["report"]["components"]): unknown =>
        components.map((component) => JSON.stringify(Object.entries(component).sort())).sort();
      expect({ repo, components: plain(read.components) }).toEqual({ repo, components: plain(scan.report.components) });
    }
  });

  test("a model card carries what the repository says of the model", () => {
    const bom = JSON.parse(toCycloneDx(scans.get("hostile names and a model card") as Scan, OPTIONS, "1.7")) as {
      components: { name: string; type: string; "bom-ref": string }[];
    };
    const dataset = bom.components.find(({ name }) => name === "imdb");
    expect(bom.components.find(({ name }) => name === "review-classifier")).toMatchObject({
      type: "machine-learning-model",
      licenses: [{ license: { id: "Apache-2.0" } }],
      pedigree: { ancestors: [{ name: "google-bert/bert-base-uncased" }] },
      modelCard: {
        modelParameters: { task: "text-classification", datasets: [{ ref: dataset?.["bom-ref"] }] },
        quantitativeAnalysis: { performanceMetrics: [{ type: "accuracy" }, { type: "f1" }] },
      },
    });
  });
});

describe("SPDX 3.0.1", () => {
  test("every document is as the specification says", () => {
    for (const [repo, scan] of scans) {
      expect({ repo, problems: spdxProblems(JSON.parse(toSpdx(scan, OPTIONS))) }).toEqual({ repo, problems: [] });
    }
  });

  test("the checks notice what is missing, unknown or dangling", () => {
    const document = JSON.parse(toSpdx(scans.get("hostile names and a model card") as Scan, OPTIONS)) as {
      "@graph": Record<string, unknown>[];
    };
    const model = document["@graph"].find(({ type }) => type === "ai_AIPackage") as Record<string, unknown>;
    delete model["software_downloadLocation"];
    model["suppliedBy"] = "urn:nobody";
    model["colour"] = "red";
    expect(spdxProblems(document).map((problem) => problem.replace(/^.*: /, ""))).toEqual([
      "software_downloadLocation is missing",
      "colour is unknown",
      "urn:nobody is nowhere",
    ]);
  });

  test.runIf(process.env["STEWARD_SPDX_SCHEMA"])("every document is valid by the published schema", () => {
    const schema = JSON.parse(readFileSync(process.env["STEWARD_SPDX_SCHEMA"] as string, "utf8")) as object;
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (const [repo, scan] of scans) {
      validate(JSON.parse(toSpdx(scan, OPTIONS)));
      expect({ repo, errors: validate.errors }).toEqual({ repo, errors: null });
    }
  });

  test("a model is trained on the data set that its card names, under its licence", () => {
    const { "@graph": graph } = JSON.parse(toSpdx(scans.get("hostile names and a model card") as Scan, OPTIONS)) as {
      "@graph": Record<string, unknown>[];
    };
    const idOf = (name: string): unknown => graph.find((element) => element["name"] === name)?.["spdxId"];
    expect(graph).toContainEqual(
      expect.objectContaining({ relationshipType: "trainedOn", from: idOf("review-classifier"), to: [idOf("imdb")] }),
    );
    expect(graph).toContainEqual(expect.objectContaining({ simplelicensing_licenseExpression: "Apache-2.0" }));
  });
});

describe("SARIF", () => {
  const validate = sarifValidator();

  test("every document is valid by the official schema", () => {
    for (const [repo, scan] of scans) {
      validate(JSON.parse(toSarif(scan.report)));
      expect({ repo, errors: validate.errors }).toEqual({ repo, errors: null });
    }
    expect(validate({ version: "2.1.0" })).toBe(false);
  });

  test("each place of each component is a result on its line, and a breach is an error", () => {
    const { report } = scans.get("hostile names and a model card") as Scan;
    const model = report.components.find(({ kind, name }) => kind === "model" && name === "gpt-4o");
    const sarif = JSON.parse(
      toSarif(report, model === undefined ? [] : [{ component: model, conditions: ["shadow"] }]),
    ) as { runs: [{ results: { level: string; message: { text: string }; locations: unknown }[] }] };
    const [{ results }] = sarif.runs;
    const lines = new Set(
      report.components.flatMap(({ kind, name, evidence }) =>
        evidence.map(({ file, line }) => `${kind} ${name} ${file} ${line}`),
      ),
    );
    expect(results).toHaveLength(lines.size);
    expect(results.filter(({ level }) => level === "error")).toMatchObject([
      {
        message: { text: expect.stringContaining("gpt-4o") as string },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "src/a%20b/%2523%20caf%C3%A9.py" },
              region: { startLine: 2 },
            },
          },
        ],
      },
    ]);
  });
});
