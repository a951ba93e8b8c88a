/** Where the focus goes in a strip of grouped cells when a key is pressed. */

/** Index of the first cell of each group. */
export function groupStarts(sizes: readonly number[]): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const size of sizes) {
    starts.push(at);
    at += size;
  }
  return starts;
}

/**
 * The cell that takes the focus: arrows step by cell, Page Up and Page Down by group, Home and End go to the edges.
 * Undefined where the key means nothing here.
 */
export function nextCell(sizes: readonly number[], index: number, key: string): number | undefined {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const starts = groupStarts(sizes).filter((_, group) => (sizes[group] ?? 0) > 0);
  switch (key) {
    case "ArrowRight":
      return Math.min(index + 1, count - 1);
    case "ArrowLeft":
      return Math.max(index - 1, 0);
    case "ArrowDown":
    case "PageDown":
      return starts.find((start) => start > index) ?? count - 1;
    case "ArrowUp":
    case "PageUp":
      return starts.findLast((start) => start < index) ?? 0;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
