/** Numbers as people read them in a list; the page of the thing has every digit. */

const LIST_DIGITS = 4;

/** `0.1425`, `12,345`, `1.2e-7`: four significant digits, integers whole. */
export function shortNumber(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) return value.toExponential(LIST_DIGITS - 1);
  return value.toLocaleString("en", { maximumSignificantDigits: LIST_DIGITS });
}
