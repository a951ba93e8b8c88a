import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "vitest";

import { loadCatalogue, STRENGTHS } from "../src/index.ts";
import type { Catalogue, Strength } from "../src/index.ts";

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await loadCatalogue();
});

const CLAUSES = `
  4.1 4.2 4.3 4.4
  5.1 5.2 5.3
  6.1.1 6.1.2 6.1.3 6.1.4 6.2 6.3
  7.1 7.2 7.3 7.4 7.5.1 7.5.2 7.5.3
  8.1 8.2 8.3 8.4
  9.1 9.2.1 9.2.2 9.3.1 9.3.2 9.3.3
  10.1 10.2
`
  .trim()
  .split(/\s+/);
const CONTROLS = `
  A.2.2 A.2.3 A.2.4
  A.3.2 A.3.3
  A.4.2 A.4.3 A.4.4 A.4.5 A.4.6
  A.5.2 A.5.3 A.5.4 A.5.5
  A.6.1.2 A.6.1.3 A.6.2.2 A.6.2.3 A.6.2.4 A.6.2.5 A.6.2.6 A.6.2.7 A.6.2.8
  A.7.2 A.7.3 A.7.4 A.7.5 A.7.6
  A.8.2 A.8.3 A.8.4 A.8.5
  A.9.2 A.9.3 A.9.4
  A.10.2 A.10.3 A.10.4
`
  .trim()
  .split(/\s+/);

describe("requirements", () => {
  it("are the 32 auditable clauses and the 38 controls of Annex A, in the order of the standard", () => {
    expect(catalogue.requirements.map((requirement) => requirement.ref)).toEqual([...CLAUSES, ...CONTROLS]);
    expect(catalogue.requirements.map((requirement) => requirement.id)).toEqual(
      [...CLAUSES, ...CONTROLS].map((ref) => `iso42001:${ref}`),
    );
    expect(CLAUSES).toHaveLength(32);
    expect(CONTROLS).toHaveLength(38);
  });

  it("stand in seven clause groups and nine groups of controls of 3, 2, 5, 4, 9, 5, 4, 3, 3", () => {
    const shape = catalogue.groups.map((group) => [group.ref, group.requirementIds.length]);
    expect(shape.slice(0, 7)).toEqual([
      ["4", 4],
      ["5", 3],
      ["6", 6],
      ["7", 7],
      ["8", 4],
      ["9", 6],
      ["10", 2],
    ]);
    expect(shape.slice(7)).toEqual([
      ["A.2", 3],
      ["A.3", 2],
      ["A.4", 5],
      ["A.5", 4],
      ["A.6", 9],
      ["A.7", 5],
      ["A.8", 4],
      ["A.9", 3],
      ["A.10", 3],
    ]);
    expect(catalogue.groups.flatMap((group) => group.requirementIds)).toEqual(
      catalogue.requirements.map((requirement) => requirement.id),
    );
  });

  it("are found by id, and say what kind they are", () => {
    expect(catalogue.requirement("iso42001:6.1.3")).toMatchObject({ kind: "clause", group: "iso42001:6" });
    expect(catalogue.requirement("iso42001:A.6.2.8")).toMatchObject({ kind: "control", group: "iso42001:A.6" });
    expect(catalogue.requirement("iso42001:6.1")).toBeUndefined();
    expect(catalogue.requirement("iso27001:A.5.2")).toBeUndefined();
  });
});

describe("tests and parameters", () => {
  it("hold exactly the pinned ids, links and default values", () => {
    const pinned = JSON.parse(readFileSync(new URL("ids.golden.json", import.meta.url), "utf8")) as unknown;
    expect({
      tests: Object.fromEntries(
        catalogue.tests.map((test) => [test.id, [...test.requirements, ...test.parameters].join(" ")]),
      ),
      parameters: Object.fromEntries(
        catalogue.parameters.map(({ name, value, unit, highTierValue }) => [
          name,
          `${value}${highTierValue === undefined ? "" : ` (high tier ${highTierValue})`} ${unit}`,
        ]),
      ),
      documents: Object.fromEntries(catalogue.documents.map(({ id, requirement }) => [id, requirement])),
      challenges: Object.fromEntries(catalogue.challenges.map(({ id, controls }) => [id, controls.join(" ")])),
    }).toEqual(pinned);
  });

  it("come to 143 tests: 58 of clauses, 72 of controls, 13 of agents", () => {
    const count = (start: string) => catalogue.tests.filter((test) => test.id.startsWith(start)).length;
    expect(catalogue.tests).toHaveLength(143);
    expect([count("T-A."), count("T-AG-")]).toEqual([72, 13]);
    expect(catalogue.tests.filter((test) => /^T-\d/.test(test.id))).toHaveLength(58);
  });

  it("state each parameter in words with its default, and no parameter that is not listed", () => {
    for (const test of catalogue.tests) {
      const words = `${test.passesWhen} ${test.onFail}`;
      for (const name of test.parameters) {
        const { value, unit } = catalogue.parameter(name)!;
        const unitInWords = unit === "percent" ? "%" : value === 1 ? unit.replace(/s$/, "") : unit;
        expect(words, test.id).toContain(`${name} (${value} ${unitInWords}`);
      }
      const named = words.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
      expect(test.parameters, test.id).toEqual(expect.arrayContaining(named));
    }
  });
});

describe("crosswalks", () => {
  it("answer from a requirement: targets with title, strength and reason, strongest first", () => {
    const pairs = catalogue.crosswalks.from("iso42001:A.6.2.8");
    expect(pairs).toContainEqual({
      fromStandard: "iso42001",
      toStandard: "iso27001",
      from: "iso42001:A.6.2.8",
      fromTitle: "AI system recording of event logs",
      to: "iso27001:A.8.15",
      toTitle: expect.stringMatching(/./) as string,
      strength: "partial",
      weight: 0.5,
      reason: "logs produced, stored, protected; AI adds model and decision content",
      support: ["u"],
      supported: true,
    });
    expect(pairs.map((pair) => pair.weight)).toEqual(pairs.map((pair) => pair.weight).toSorted((a, b) => b - a));
    expect(new Set(pairs.map((pair) => pair.toStandard))).toEqual(
      new Set(["eu-ai-act", "iso27001", "iso31000", "iso9001", "soc2"]),
    );
  });

  it("answer to a requirement: the functions of NIST AI RMF point at it", () => {
    const pairs = catalogue.crosswalks.to("iso42001:A.6.2.8");
    expect(pairs.length).toBeGreaterThan(0);
    expect(pairs.every((pair) => pair.fromStandard === "nist-ai-rmf" && pair.fromTitle !== null)).toBe(true);
  });

  it("answer to an outside reference, where the same number means another thing under another prefix", () => {
    const iso27001 = catalogue.crosswalks.to("iso27001:A.5.2").map((pair) => pair.from);
    const iso42001 = catalogue.crosswalks.to("iso42001:A.5.2").map((pair) => pair.from);
    expect(iso27001).toContain("iso42001:A.3.2");
    expect(iso42001.every((id) => id.startsWith("nist-ai-rmf:"))).toBe(true);
  });

  it("give a paragraph of the EU AI Act the title of its article", () => {
    const pair = catalogue.crosswalks.pairs.find((pair) => pair.to?.startsWith("eu-ai-act:26("));
    expect(pair?.toTitle).toBe("Deployers");
  });

  it("say where the other side has no counterpart", () => {
    expect(catalogue.crosswalks.from("iso42001:A.5.5")).toContainEqual(
      expect.objectContaining({ toStandard: "iso27001", to: null, toTitle: null, strength: "none", weight: 0 }),
    );
  });

  it("cover every pair of the six files, and every requirement", () => {
    expect(catalogue.crosswalks.pairs).toHaveLength(219 + 133 + 111 + 72 + 122 + 255);
    for (const { id } of catalogue.requirements) {
      expect(catalogue.crosswalks.from(id).length + catalogue.crosswalks.to(id).length, id).toBeGreaterThan(0);
    }
  });

  it("show in reverse what the pairs say: under each article every requirement, with its best pair", () => {
    const { reverse, rows } = catalogue.content["crosswalks/eu-ai-act.yaml"];
    for (const entry of reverse) {
      const best = new Map<string, Strength>();
      for (const { from, to, strength } of rows) {
        const known = best.get(from) ?? "none";
        if (to === null || articleOf(to) !== entry.article) continue;
        best.set(from, STRENGTHS.indexOf(strength) < STRENGTHS.indexOf(known) ? strength : known);
      }
      for (const strength of ["full", "partial", "related"] as const) {
        const expected = [...best].flatMap(([from, its]) => (its === strength ? [from] : []));
        expect(entry[strength].toSorted(), `${entry.article} ${strength}`).toEqual(expected.toSorted());
      }
      expect(entry.best).toBe(STRENGTHS.find((strength) => [...best.values()].includes(strength)) ?? "none");
    }
  });
});

/** Annex IV counts for Art. 11 and Annex XI for Art. 53, as the crosswalk's notes say. */
function articleOf(target: string): string {
  const article = target.replace(/\(.*/, "");
  if (article === "eu-ai-act:annex-iv") return "eu-ai-act:11";
  return article === "eu-ai-act:annex-xi" ? "eu-ai-act:53" : article;
}

describe("the digest", () => {
  it("is the same for the same content", async () => {
    expect(catalogue.digest).toMatch(/^[0-9a-f]{64}$/);
    expect((await loadCatalogue()).digest).toBe(catalogue.digest);
  });
});
