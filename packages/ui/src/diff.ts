/** What changed between two versions of a record's values. */

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
  /** For lists of plain values: what came and what went. */
  added?: unknown[];
  removed?: unknown[];
}

/** The fields whose values differ, in the order of `after`, then those that only `before` has. */
export function diffValues(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): FieldChange[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return names.flatMap((field) => {
    const [old, present] = [before[field] ?? null, after[field] ?? null];
    if (sameValue(old, present)) return [];
    if (!Array.isArray(old) || !Array.isArray(present)) return [{ field, before: old, after: present }];
    const has = (list: unknown[], item: unknown) => list.some((other) => sameValue(other, item));
    return [
      {
        field,
        before: old,
        after: present,
        added: present.filter((item) => !has(old, item)),
        removed: old.filter((item) => !has(present, item)),
      },
    ];
  });
}

/** Equality of JSON values; the order of an object's members does not matter. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Record<string, unknown>];
  return (
    left.length === Object.keys(b).length && left.every(([key, value]) => key in b && sameValue(value, right[key]))
  );
}
