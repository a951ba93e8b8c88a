/**
 * Looking every day without manufacturing alarms: a confidence sequence holds at all looks at once, so a monitor may
 * stop whenever it likes. Robbins' normal mixture in its asymptotic form: Waudby-Smith, Arbour, Sinha, Kennedy and
 * Ramdas (2024), Time-uniform central limit theory and asymptotic confidence sequences, Annals of Statistics 52(6).
 */

/**
 * By how many standard errors an estimate may stray at a look with this much information (rows), so that it strays
 * further at any look ever with probability at most alpha. The boundary is sharpest where information = sharpestAt.
 */
export function sequenceCritical(alpha: number, information: number, sharpestAt: number): number {
  const mixture = mixtureVariance(alpha, sharpestAt);
  const t = information * mixture;
  return Math.sqrt((2 * (t + 1)) / t) * Math.sqrt(Math.log(Math.sqrt(t + 1) / alpha));
}

/** ρ² of the mixing distribution that makes the boundary tightest at the given information (eq. 24 of the paper). */
function mixtureVariance(alpha: number, sharpestAt: number): number {
  const penalty = -2 * Math.log(alpha);
  return (penalty + Math.log(penalty) + 1) / sharpestAt;
}

/**
 * What one of so many looks may spend of a chance of false alarms: each the same, so that all together stay below it
 * whatever they have in common (Bonferroni; the even spending function of Lan and DeMets, 1983). For monitors that look
 * at a window of their own each time: a cumulative estimate would hide a change behind its long past.
 */
export function lookAlpha(alpha: number, looks: number): number {
  return alpha / Math.max(1, looks);
}
