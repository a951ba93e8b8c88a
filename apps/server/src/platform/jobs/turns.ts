/** Long computations share the event loop with everything else that is served. */

/** The next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Computes something of each item, so many in a turn of the event loop; between turns others are served. Answers in the
 * order of the items.
 */
export async function mapInTurns<T, R>(
  items: readonly T[],
  perTurn: number,
  compute: (item: T, index: number) => R,
): Promise<R[]> {
  const results: R[] = [];
  for (const [i, item] of items.entries()) {
    if (i > 0 && i % perTurn === 0) await nextTurn();
    results.push(compute(item, i));
  }
  return results;
}
