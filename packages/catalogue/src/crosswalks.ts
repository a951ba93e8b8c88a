/** Questions to the crosswalks, in both directions. */
import type { CatalogueContent } from "./files.ts";
import { hasOutsideSupport } from "./schema/standards.ts";
import type { Strength } from "./schema/standards.ts";

/** One pair of a crosswalk: where one record can serve two masters. It never shows conformity with the other side. */
export interface CrosswalkPair {
  readonly fromStandard: string;
  readonly toStandard: string;
  readonly from: string;
  readonly fromTitle: string | null;
  /** Null where it was checked that the other side has no counterpart. */
  readonly to: string | null;
  readonly toTitle: string | null;
  readonly strength: Strength;
  /** What the strength counts for in a coverage figure: best single pair per target, never the sum. */
  readonly weight: number;
  readonly reason: string;
  /** Flags of the outside sources that have the same pair; `own` means our judgement alone. */
  readonly support: readonly string[];
  readonly supported: boolean;
}

export interface Crosswalks {
  readonly pairs: readonly CrosswalkPair[];
  /** Pairs that start at this id, strongest first. */
  from(id: string): readonly CrosswalkPair[];
  /** Pairs that end at this id, strongest first. */
  to(id: string): readonly CrosswalkPair[];
}

const CROSSWALK_FILES = [
  "crosswalks/eu-ai-act.yaml",
  "crosswalks/iso-27001.yaml",
  "crosswalks/iso-9001.yaml",
  "crosswalks/iso-31000.yaml",
  "crosswalks/soc-2.yaml",
  "crosswalks/nist-ai-rmf.yaml",
] as const;

/** @param titles of the ids that have a file of their own (ISO/IEC 42001, EU AI Act). */
export function indexCrosswalks(content: CatalogueContent, titles: ReadonlyMap<string, string>): Crosswalks {
  const pairs: CrosswalkPair[] = [];
  for (const path of CROSSWALK_FILES) {
    const file = content[path];
    const weights = new Map(file.strengths.map(({ key, weight }) => [key, weight]));
    const titleOf = (id: string | null) =>
      id === null ? null : (file.titles[id] ?? titles.get(id) ?? titles.get(articleOf(id)) ?? null);
    for (const row of file.rows) {
      pairs.push({
        ...row,
        fromStandard: file.meta.fromStandard,
        toStandard: file.meta.toStandard,
        fromTitle: titleOf(row.from),
        toTitle: titleOf(row.to),
        weight: weights.get(row.strength) ?? 0,
        supported: hasOutsideSupport(row),
      });
    }
  }
  pairs.sort((a, b) => b.weight - a.weight);
  const byFrom = Map.groupBy(pairs, (pair) => pair.from);
  const byTo = Map.groupBy(pairs, (pair) => pair.to);
  return { pairs, from: (id) => byFrom.get(id) ?? [], to: (id) => byTo.get(id) ?? [] };
}

/** A paragraph carries the title of its article: `eu-ai-act:27(1)(a)` that of `eu-ai-act:27`. */
function articleOf(id: string): string {
  const bracket = id.indexOf("(");
  return bracket < 0 ? id : id.slice(0, bracket);
}
