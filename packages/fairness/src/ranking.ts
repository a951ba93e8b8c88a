/**
 * Evaluates rankings from sums over lists: who is seen how much. Items of one list compete for its places, so lists are
 * the sampling units, and comparisons of groups that share lists assume the worst about how they move together.
 */
import { assemble, reportEstimates } from "./assemble.ts";
import type { DescribedSlice } from "./assemble.ts";
import { RANKING_DISPARITIES } from "./disparities.ts";
import { FairnessError } from "./error.ts";
import type { Estimate } from "./estimate.ts";
import { meanEstimate } from "./moments.ts";
import type { BiasReport } from "./report.ts";
import { exclusion, settingsOf } from "./settings.ts";
import type { EvaluateOptions } from "./settings.ts";
import type { GroupKey } from "./slices.ts";

/**
 * Sums over lists of what a group's items get in each: the total of a quantity, its square and its product with the
 * number of the group's items there.
 */
export interface ListSums {
  readonly sum: number;
  readonly sumSquares: number;
  readonly sumItems: number;
}

export interface RankedGroup {
  readonly key: GroupKey;
  /** The group's items, the lists that hold any of them, and the sum of squares of its items per list. */
  readonly items: number;
  readonly lists: number;
  readonly itemsSquares: number;
  /** 1 / log2(1 + position): Singh and Joachims (2018), Fairness of Exposure in Rankings. */
  readonly exposure: ListSums;
  /** Items among the first k. */
  readonly top: ListSums;
  /** nDCG of the lists that the group is shown; only where every list belongs to one group. */
  readonly ndcg?: { readonly lists: number; readonly sum: number; readonly sumSquares: number };
}

export interface RankingSlice {
  readonly attributes: readonly string[];
  readonly groups: readonly RankedGroup[];
}

export interface RankingTable {
  readonly attributes: readonly string[];
  /** How many first places count as the top. */
  readonly k: number;
  readonly slices: readonly RankingSlice[];
  /** Why there is no nDCG. */
  readonly withoutNdcg?: string;
}

/** @throws FairnessError `bad_table`, `bad_option` */
export function evaluateRanking(table: RankingTable, options: EvaluateOptions = {}): BiasReport {
  const settings = settingsOf(options);
  const first = table.slices[0];
  if (first === undefined || first.groups.length === 0)
    throw new FairnessError("bad_table", "The table counts no rows.");
  const topPlaces = first.groups.reduce((sum, group) => sum + group.top.sum, 0);
  const slices = table.slices.map((slice): DescribedSlice => {
    const rows = slice.groups.reduce((sum, group) => sum + group.items, 0);
    return {
      attributes: slice.attributes,
      groups: slice.groups.map((group) => {
        const excluded = exclusion(settings.policy, group.key, group.items, rows);
        return { key: group.key, n: group.items, estimates: estimatesOf(group, table), ...excluded };
      }),
      describe: (i) => ({ topShare: topPlaces === 0 ? null : (slice.groups[i] as RankedGroup).top.sum / topPlaces }),
    };
  });
  const rows = first.groups.reduce((sum, group) => sum + group.items, 0);
  return assemble(
    {
      task: "ranking",
      rows,
      attributes: table.attributes,
      weighted: false,
      overall: { n: rows, metrics: reportEstimates({}, settings.pointwise) },
      slices,
      definitions: RANKING_DISPARITIES,
      warnings: [
        `Exposure and representation at ${table.k}: items of one list compete, so lists are the sampling units and the ` +
          "intervals of comparisons are conservative. The minimum denominator counts lists.",
      ],
    },
    settings,
  );
}

function estimatesOf(group: RankedGroup, table: RankingTable): Record<string, Estimate> {
  const missing: Estimate = {
    kind: "undefined",
    denominator: 0,
    reason: table.withoutNdcg ?? "no relevance was given",
  };
  return {
    exposure: perItem(group, group.exposure),
    representationAtK: perItem(group, group.top),
    ndcg:
      group.ndcg === undefined
        ? missing
        : meanEstimate({ ...group.ndcg, n: group.ndcg.lists, weight: group.ndcg.lists, effective: group.ndcg.lists }),
  };
}

/** The mean per item as a ratio of totals, its variance taken between lists: Cochran, Sampling Techniques, 6.4. */
function perItem(group: RankedGroup, sums: ListSums): Estimate {
  const { items, lists, itemsSquares } = group;
  if (items === 0) return { kind: "undefined", denominator: 0, reason: "no items" };
  const value = sums.sum / items;
  const residuals = Math.max(0, sums.sumSquares - 2 * value * sums.sumItems + value * value * itemsSquares);
  const standardError = lists < 2 ? Infinity : Math.sqrt((lists / (lists - 1)) * residuals) / items;
  return { kind: "mean", value, standardError, denominator: items, effective: lists, approximate: true };
}
