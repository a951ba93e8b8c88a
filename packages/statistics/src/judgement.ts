/** What one look at a system can honestly say about a limit. */

/**
 * - `within`: the figure is inside its limit, and so few cases would have shown it if it were not
 * - `beyond`: the figure is past its limit, and chance does not explain it
 * - `insufficient`: too few cases to say either
 */
export type Judgement = "within" | "beyond" | "insufficient";

export interface Look {
  readonly judgement: Judgement;
  /** The figure that is held against the limit; null where there is nothing to compute it from. */
  readonly value: number | null;
  /** How far the figure of an unchanged system strays by chance alone; a limit below this cannot be held yet. */
  readonly chance: number | null;
  /** Cases in the window. */
  readonly n: number;
  /** Cases that a window would need; null where no window would do, because the reference has too few. */
  readonly neededN: number | null;
}

/** What a look may spend and what it holds the figure against. */
export interface LookOptions {
  readonly limit: number;
  /** Chance of a false alarm that this one look may spend; see `lookAlpha`. */
  readonly alpha: number;
}
