/** Memory of this process over time. */
export interface Sample {
  readonly minute: number;
  readonly rssMb: number;
  /** Least of what the heap held since the sample before: what a collection left, where there was one. */
  readonly heapMb: number;
}

const LOOK_EVERY_MS = 250;

/** Takes a sample each `everyMs`, tells it, and gives all of them at the end. */
export function watchMemory(everyMs: number, tell: (sample: Sample) => void): { stop(): Sample[] } {
  const begun = performance.now();
  const samples: Sample[] = [];
  let least = Infinity;
  let next = everyMs;
  const timer = setInterval(() => {
    const { rss, heapUsed } = process.memoryUsage();
    least = Math.min(least, heapUsed);
    const passedMs = performance.now() - begun;
    if (passedMs < next) return;
    next += everyMs;
    const sample = { minute: passedMs / 60_000, rssMb: rss / 2 ** 20, heapMb: least / 2 ** 20 };
    samples.push(sample);
    tell(sample);
    least = Infinity;
  }, LOOK_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

/** The slope of the least-squares line through points. */
export function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (pick: 0 | 1) => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  const variance = points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
  return covariance / variance;
}
