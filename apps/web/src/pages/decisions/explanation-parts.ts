/** The parts of an explanation that a screen shows. The API keeps it as the sender wrote it. */

export interface Reason {
  code: string;
  text?: string;
  weight?: number;
}

export interface ExplanationParts {
  method?: string;
  summary?: string;
  /** Those that weigh most come first. */
  reasons: Reason[];
}

/** Undefined where there is nothing to show. */
export function readExplanation(explanation: Readonly<Record<string, unknown>> | null): ExplanationParts | undefined {
  if (explanation === null) return undefined;
  const { method, summary, reasons } = explanation;
  const parts: ExplanationParts = {
    ...(typeof method === "string" ? { method } : {}),
    ...(typeof summary === "string" ? { summary } : {}),
    reasons: (Array.isArray(reasons) ? reasons : []).flatMap(reasonOf).toSorted(byWeight),
  };
  return parts.method || parts.summary || parts.reasons.length > 0 ? parts : undefined;
}

function reasonOf(value: unknown): Reason[] {
  if (typeof value !== "object" || value === null) return [];
  const { code, text, weight } = value as { code?: unknown; text?: unknown; weight?: unknown };
  if (typeof code !== "string") return [];
  return [
    {
      code,
      ...(typeof text === "string" ? { text } : {}),
      ...(typeof weight === "number" ? { weight } : {}),
    },
  ];
}

function byWeight(a: Reason, b: Reason): number {
  return Math.abs(b.weight ?? 0) - Math.abs(a.weight ?? 0);
}

/** How far a reason weighs, from 0 to 1, where the heaviest is 1. */
export function shareOfLargest({ weight = 0 }: Reason, reasons: readonly Reason[]): number {
  const largest = Math.max(...reasons.map((reason) => Math.abs(reason.weight ?? 0)));
  return largest === 0 ? 0 : Math.abs(weight) / largest;
}
