/** What a scan reports: the vocabulary and the shape of `steward/scan/v1`. */

export const SCAN_SCHEMA = "steward/scan/v1";

/** The kinds of component, in the order in which they are listed. */
export const KINDS = [
  "package",
  "provider",
  "service",
  "model",
  "model_file",
  "dataset",
  "embedding",
  "vector_store",
  "agent",
  "tool",
  "prompt",
  "endpoint",
  "credential",
  "image",
  "ci",
] as const;
export type Kind = (typeof KINDS)[number];

/**
 * How sure a finding is: `used` is a resolved import or call (or the thing itself, for a file or a deployment),
 * `declared` stands in a manifest, `inferred` is a weak signal with a strong one beside it.
 */
export const CONFIDENCES = ["used", "declared", "inferred"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export interface Evidence {
  /** Path from the scanned root, with `/` on every platform. */
  readonly file: string;
  /** Line from 1; 1 also for a file that is evidence as a whole. */
  readonly line: number;
  /** The rule and the signal in it, as `openai/import`. */
  readonly detector: string;
}

export interface Component {
  readonly kind: Kind;
  readonly name: string;
  readonly version?: string;
  /** The package URL type: npm, pypi, golang, maven, cargo, nuget, gem, composer, swift, hex. */
  readonly ecosystem?: string;
  /** Who supplies it: an id of `rules/providers.yaml`. */
  readonly provider?: string;
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
}

export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

/** The stable JSON output; docs/scan.md describes every field. */
export interface ScanReport {
  readonly schema: typeof SCAN_SCHEMA;
  readonly root: string;
  readonly filesScanned: number;
  readonly filesSkipped: readonly SkippedFile[];
  readonly components: readonly Component[];
}

/** One signal at one place, before findings of the same component are put together. */
export interface Finding {
  readonly kind: Kind;
  readonly name: string;
  readonly version?: string;
  readonly ecosystem?: string;
  readonly provider?: string;
  readonly confidence: Confidence;
  readonly file: string;
  readonly line: number;
  readonly detector: string;
  /** Counts only where this supplier is used, or any (`*`): the signal alone could mean something else. */
  readonly beside?: string;
  /** Of an agent that a deployment serves: the file and the variable (`file#variable`) that hold it. */
  readonly servedFrom?: string;
}

/** What a model or data card in the repository says, for the model card of an AI-BOM. */
export interface CardFacts {
  readonly file: string;
  readonly task?: string;
  readonly license?: string;
  readonly baseModels: readonly string[];
  readonly datasets: readonly string[];
  readonly languages: readonly string[];
  readonly metrics: readonly string[];
}

/** A scan in memory: the report, with the cards of the models and data sets that carry one, by component name. */
export interface Scan {
  readonly report: ScanReport;
  readonly cards: ReadonlyMap<string, CardFacts>;
}
