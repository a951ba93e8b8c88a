/** AIF360's signed comparisons with a privileged group: unprivileged less privileged, or divided by it. */
import type { EstimatedGroup } from "./model.ts";
import type { GroupReport } from "./report.ts";
import type { Slice } from "./slices.ts";

/**
 * For each group its comparison with the reference group of the slice; undefined where the slice has none.
 * statisticalParityDifference, disparateImpact (of selection rates), equalOpportunityDifference (of true positive
 * rates) and averageOddsDifference (the mean of the differences in true and false positive rate).
 */
export function versusReference(
  slice: Slice,
  groups: readonly EstimatedGroup[],
  reference: Readonly<Record<string, string>> | undefined,
): ((group: number) => Partial<GroupReport>) | undefined {
  if (reference === undefined || slice.attributes.some((name) => !(name in reference))) return undefined;
  const privileged = groups.find((group) => slice.attributes.every((name) => group.key[name] === reference[name]));
  if (privileged === undefined) return undefined;
  return (i) => {
    const group = groups[i] as EstimatedGroup;
    const less = (metric: string): number | null => combine(group, privileged, metric, (a, b) => a - b);
    const [tpr, fpr] = [less("tpr"), less("fpr")];
    return {
      versusReference: {
        statisticalParityDifference: less("selectionRate"),
        disparateImpact: combine(group, privileged, "selectionRate", (a, b) => (b === 0 ? null : a / b)),
        equalOpportunityDifference: tpr,
        averageOddsDifference: tpr === null || fpr === null ? null : (tpr + fpr) / 2,
      },
    };
  };
}

function combine(
  group: EstimatedGroup,
  privileged: EstimatedGroup,
  metric: string,
  join: (a: number, b: number) => number | null,
): number | null {
  const [a, b] = [group.estimates[metric], privileged.estimates[metric]];
  if (a === undefined || b === undefined || a.kind === "undefined" || b.kind === "undefined") return null;
  return join(a.value, b.value);
}
