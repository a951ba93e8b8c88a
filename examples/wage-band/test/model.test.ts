import { describe, expect, it } from "vitest";

import { decide, digestOf, FEATURE_SETS, loadPeople, medianWage, train } from "../src/index.ts";

const people = loadPeople();

describe("the wage-band model", () => {
  it("is trained on all 534 people of the sample, half of them in each band", () => {
    expect(people).toHaveLength(534);
    const upper = people.filter(({ wage }) => wage >= medianWage(people)).length;
    expect(Math.abs(upper / people.length - 0.5)).toBeLessThan(0.02);
  });
  it("gives the same artefact from the same sample", () => {
    expect(digestOf(train(people, "1.0.0"))).toBe(digestOf(train(people, "1.0.0")));
    expect(digestOf(train(people, "1.0.0"))).not.toBe(digestOf(train(people, "2.0.0")));
  });
  it("tells bands apart better than chance about people it has not seen", () => {
    for (const version of ["1.0.0", "2.0.0"] as const) {
      const model = train(people, version);
      const right = people.filter((person, place) => {
        return (decide(model, person, place).band === "upper") === person.wage >= model.border;
      });
      expect(right.length / people.length).toBeGreaterThan(0.65);
    }
  });
  it("reaches the maximum of the penalised likelihood: there the gradient vanishes", () => {
    const model = train(people, "2.0.0");
    const known = people.map((person, place) => ({ person, place })).filter(({ place }) => place % 5 !== 0);
    // By the first-order condition of the unpenalised intercept, predictions and labels have the same mean.
    const predicted = known.reduce((sum, { person }) => sum + decide(model, person, 0).score, 0);
    const labelled = known.filter(({ person }) => person.wage >= model.border).length;
    expect(predicted).toBeCloseTo(labelled, 6);
  });
  it("explains a decision completely: contributions and intercept add up to the log-odds", () => {
    const model = train(people, "1.0.0");
    for (const [place, person] of people.slice(0, 50).entries()) {
      const { score, contributions } = decide(model, person, place);
      const sum = contributions.reduce((total, { weight }) => total + weight, 0);
      const intercept = model.folds[place % 5]?.coefficients[0] ?? Number.NaN;
      expect(Math.log(score / (1 - score))).toBeCloseTo(sum + intercept, 9);
      expect(contributions).toHaveLength(FEATURE_SETS["1.0.0"].length);
    }
  });
});
