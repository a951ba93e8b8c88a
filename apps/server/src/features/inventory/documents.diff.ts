/** What differs between two lists of components; pure. */
import type { BomChanges, BomComponent } from "@steward/contract";

type Differences = Pick<BomChanges, "added" | "removed" | "changed" | "unchanged">;

/**
 * Every component is in one list: what has the same kind, name and version is the same thing, and what is left of a kind
 * and name on both sides is another version of it, in the order of versions. A list may hold several versions of a thing.
 * The same version by another supplier, under another licence or with another digest is changed too.
 */
export function diffComponents(before: readonly BomComponent[], after: readonly BomComponent[]): Differences {
  const differences = { added: [], removed: [], changed: [], unchanged: 0 } as {
    added: BomComponent[];
    removed: BomComponent[];
    changed: { before: BomComponent; after: BomComponent }[];
    unchanged: number;
  };
  const [olds, news] = [Map.groupBy(before, thingOf), Map.groupBy(after, thingOf)];
  for (const thing of new Set([...olds.keys(), ...news.keys()])) {
    for (const [old, now] of pairs(olds.get(thing) ?? [], news.get(thing) ?? [])) {
      if (old === undefined) differences.added.push(now as BomComponent);
      else if (now === undefined) differences.removed.push(old);
      else if (old.version === now.version && !COMPARED.some((field) => differs(old[field], now[field])))
        differences.unchanged++;
      else differences.changed.push({ before: old, after: now });
    }
  }
  return differences;
}

const COMPARED = ["provider", "digest", "licence"] as const;

/** What one of two documents leaves out is no change: tools tell different things. */
function differs(old: string | null, now: string | null): boolean {
  return old !== null && now !== null && old !== now;
}

function thingOf({ kind, name }: BomComponent): string {
  return JSON.stringify([kind, name]);
}

type Pair = readonly [old: BomComponent | undefined, now: BomComponent | undefined];

function pairs(olds: readonly BomComponent[], news: readonly BomComponent[]): Pair[] {
  const has = (list: readonly BomComponent[], { version }: BomComponent) => list.find((one) => one.version === version);
  const kept = olds.flatMap((old): Pair[] => {
    const now = has(news, old);
    return now === undefined ? [] : [[old, now]];
  });
  const left = sorted(olds.filter((old) => !has(news, old)));
  const came = sorted(news.filter((now) => !has(olds, now)));
  const others = Array.from({ length: Math.max(left.length, came.length) }, (_, i): Pair => [left[i], came[i]]);
  return [...kept, ...others];
}

function sorted(list: readonly BomComponent[]): BomComponent[] {
  return list.toSorted((a, b) => ((a.version ?? "") < (b.version ?? "") ? -1 : 1));
}
