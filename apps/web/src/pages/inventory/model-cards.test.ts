import { describe, expect, it } from "vitest";

import { cardsOf } from "./model-cards.ts";

describe("the model cards of a bill of materials", () => {
  it("are read at every depth, each fact under the words of its place", () => {
    const modelCard = {
      "bom-ref": "card-1",
      modelParameters: { task: "text-classification", datasets: [{ name: "letters" }, { name: "answers" }] },
      considerations: { technicalLimitations: ["German only", "short texts"], users: [] },
      properties: null,
    };
    const model = { type: "machine-learning-model", name: "triage", modelCard };
    expect(cardsOf({ bomFormat: "CycloneDX", components: [{ type: "application", components: [model] }] })).toEqual([
      {
        name: "triage",
        facts: [
          { label: "Task", text: "text-classification" },
          { label: "Datasets, name", text: "letters; answers" },
          { label: "Technical limitations", text: "German only; short texts" },
        ],
      },
    ]);
  });

  it("are none where a form is empty, or is no model's", () => {
    const empty = { type: "machine-learning-model", name: "m", modelCard: { considerations: { users: ["  "] } } };
    const library = { type: "library", name: "l", modelCard: { modelParameters: { task: "x" } } };
    expect(cardsOf({ metadata: { component: empty }, components: [library, 7, null] })).toEqual([]);
    expect(cardsOf("text")).toEqual([]);
  });
});
