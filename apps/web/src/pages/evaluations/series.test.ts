import type { EvaluationSeries } from "@steward/client";
import { expect, it } from "vitest";

import { lastOfEachRelease, scaleOf, seriesWords } from "./series.ts";

const point = (releaseVersion: string, value: number | null, high = value) => ({
  evaluationId: `${releaseVersion} ${value}`,
  releaseVersion,
  recordedAt: "2026-03-10T09:00:00Z",
  value,
  low: value,
  high,
  verdict: "pass" as const,
});

const series: EvaluationSeries = {
  title: "Ratio of selection rates by sex",
  threshold: 0.8,
  direction: "at_least",
  points: [point("1.0", 0.4), point("1.1", 0.7), point("1.0", 0.5)],
};

it("keeps the newest evaluation of each release, newest release last", () => {
  expect(lastOfEachRelease(series).points.map(({ value }) => value)).toEqual([0.7, 0.5]);
});

it("shows ratios on the whole scale, and differences as far as they go", () => {
  expect(scaleOf(series)).toEqual({ from: 0, to: 1 });
  const difference = { ...series, direction: "at_most" as const, threshold: 0.1, points: [point("1.0", 0.2, 0.35)] };
  expect(scaleOf(difference)).toEqual({ from: 0, to: 0.35 });
});

it("says in a sentence where it began and where it stands", () => {
  expect(seriesWords(series)).toBe(
    "From 0.400 (1.0) to 0.500 (1.0) in 3 evaluations. The policy asks for at least 0.8.",
  );
  expect(seriesWords({ ...series, points: [point("2.0", null)] })).toBe(
    "No figure yet (2.0). The policy asks for at least 0.8.",
  );
  expect(seriesWords({ ...series, points: [point("1.0", 0.4), point("2.0", null)] })).toBe(
    "0.400 (1.0); 1 more had no figure. The policy asks for at least 0.8.",
  );
});
