/** Small pieces of English. */

/** "1 system", "3 systems", "1,204 systems" */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** A whole number with thousands separated. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "a, b and c" */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** A share in percent, rounded down: what misses its limit must never read as if it met it. */
export function percent(part: number, whole: number): string {
  return `${Math.floor((part / whole) * 10_000) / 100} %`;
}

/** First letter in capitals. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
