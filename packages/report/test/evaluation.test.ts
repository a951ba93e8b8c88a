import { biasDocument, evaluateClassification, parsePolicy } from "@steward/fairness";
import type { BiasReport, OutcomeCell } from "@steward/fairness";
import { extractText, getDocumentProxy, getMeta } from "unpdf";
import { describe, expect, it } from "vitest";

import { renderEvaluationPdf } from "../src/index.ts";

const AT = 1_790_000_000;
const OPTIONS = { title: "Bias evaluation of loans.csv", details: [["File", "loans.csv"]], at: AT } as const;

function report(groups: readonly string[] = ["A", "B", "C"]): BiasReport {
  const cells = groups.flatMap((name, i): OutcomeCell[] => {
    const key = [i === groups.length - 1 ? null : name];
    return [
      { key, outcome: "tp", n: 40 + 90 * i },
      { key, outcome: "fp", n: 10 },
      { key, outcome: "tn", n: 200 },
      { key, outcome: "fn", n: 20 },
    ];
  });
  const policy = parsePolicy({
    schema: "steward/bias-policy/v1",
    name: "Loans",
    version: 3,
    profile: "four-fifths",
    slices: { ways: 1 },
  });
  return evaluateClassification({ attributes: ["race"], cells }, { policy, replicates: 200 });
}

async function textOf(pdf: Uint8Array): Promise<string> {
  const { text } = await extractText(await getDocumentProxy(pdf.slice()), { mergePages: true });
  return text.replaceAll(/\s+/g, " ");
}

describe("a bias evaluation as a PDF", () => {
  it("is a tagged PDF/UA-1 with title and language", async () => {
    const pdf = renderEvaluationPdf(report(), OPTIONS);
    const raw = Buffer.from(pdf).toString("latin1");
    expect(raw.startsWith("%PDF-1.7")).toBe(true);
    expect(raw).toContain("pdfuaid:part>1<");
    const document = await getDocumentProxy(pdf.slice());
    expect(await document.getMarkInfo()).toMatchObject({ Marked: true });
    const { info } = await getMeta(document);
    expect(info).toMatchObject({ Title: OPTIONS.title, Author: "Steward", Language: "en" });
  });

  it("holds every word and figure of the evaluation", async () => {
    const found = report();
    const text = await textOf(renderEvaluationPdf(found, OPTIONS));
    const document = biasDocument(found);
    const squeezed = (words: string): string => words.replaceAll(/[\s-]/g, "");
    const expected = [
      document.verdict.meaning,
      ...document.findings.map(({ reading }) => reading),
      ...document.slices.flatMap(({ main, other }) =>
        [...main, ...other].flatMap(({ title, rows }) => [title].concat(rows.map((row) => row.text))),
      ),
      "loans.csv",
      "Loans, version 3 (four-fifths)",
      "(unknown)",
    ];
    // Lines are broken anywhere and words hyphenated, so only what is not space is compared.
    for (const words of expected) expect(squeezed(text)).toContain(squeezed(words));
  });

  it("is the same file for the same evaluation, and another at another moment", () => {
    const one = Buffer.from(renderEvaluationPdf(report(), OPTIONS));
    renderEvaluationPdf(report(["x", "y", "z"]), OPTIONS);
    expect(Buffer.from(renderEvaluationPdf(report(), OPTIONS)).equals(one)).toBe(true);
    expect(Buffer.from(renderEvaluationPdf(report(), { ...OPTIONS, at: AT + 60 })).equals(one)).toBe(false);
  });

  it("sets names that look like markup as they are", async () => {
    const strange = '#eval("1") $x$ *b* [c] \\ <l> `r` "q" _ @ref // no';
    const found = report([strange, "B", "C"]);
    const text = await textOf(renderEvaluationPdf(found, { ...OPTIONS, title: strange }));
    expect(text.replaceAll(/\s/g, "")).toContain(strange.replaceAll(/\s/g, ""));
  });
});
