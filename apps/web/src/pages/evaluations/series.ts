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
  const last = points.at(-1);
  if (!last) return "";
  const limit =
    threshold === null || direction === null
      ? ""
      : ` The policy asks for ${direction === "at_least" ? "at least" : "at most"} ${threshold}.`;
  const known = points.filter(({ value }) => value !== null);
  const [first, newest] = [known[0], known.at(-1)];
  if (!first || !newest) return `No figure yet (${last.releaseVersion}).${limit}`;
  const valueOf = ({ value, releaseVersion }: typeof first) => `${value?.toFixed(3)} (${releaseVersion})`;
  const missing = points.length - known.length;
  const without = missing === 0 ? "" : `; ${missing} more had no figure`;
  if (known.length === 1) return `${valueOf(newest)}${without}.${limit}`;
  return `From ${valueOf(first)} to ${valueOf(newest)} in ${known.length} evaluations${without}.${limit}`;
}
