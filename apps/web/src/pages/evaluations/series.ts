/** What the small charts over releases and time show. */
import type { EvaluationSeries } from "@steward/client";

/** Only the newest evaluation of each release, in the order of the releases' newest evaluations. */
export function lastOfEachRelease(series: EvaluationSeries): EvaluationSeries {
  const last = new Map<string, EvaluationSeries["points"][number]>();
  for (const point of series.points) {
    last.delete(point.releaseVersion);
    last.set(point.releaseVersion, point);
  }
  return { ...series, points: [...last.values()] };
}

/** A ratio needs 0 to 1; a difference as far as its values and limit go. */
export function scaleOf({ points, threshold, direction }: EvaluationSeries): { from: number; to: number } {
  const values = [
    ...points.flatMap(({ value, low, high }) => [value, low, high]),
    threshold,
    direction === "at_least" ? 1 : 0.1,
    0,
  ].filter((value) => value !== null);
  return { from: Math.min(...values), to: Math.max(...values) };
}

/** The chart in a sentence. */
export function seriesWords({ points, threshold, direction }: EvaluationSeries): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return "";
  const limit =
    threshold === null || direction === null
      ? ""
      : ` The policy asks for ${direction === "at_least" ? "at least" : "at most"} ${threshold}.`;
  const valueOf = (point: typeof first) => `${point.value?.toFixed(3) ?? "undefined"} (${point.releaseVersion})`;
  if (points.length === 1) return `${valueOf(last)}.${limit}`;
  return `From ${valueOf(first)} to ${valueOf(last)} in ${points.length} evaluations.${limit}`;
}
