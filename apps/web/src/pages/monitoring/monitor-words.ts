/** How monitors are spoken of. */
import type { MonitorView } from "@steward/client";

export const KIND_WORDS: Readonly<Record<string, string>> = {
  health: "Service health",
  output_quality: "Output quality",
  drift: "Drift",
  misuse: "Misuse and safety",
  feedback: "User feedback",
};

const UNITS: Readonly<Record<string, string>> = {
  silence: " h",
  outcome_share: " %",
  error_share: " %",
  misuse_share: " %",
  negative_share: " %",
};

/** Three significant digits with the measure's unit. */
export function figureOf(measure: string, value: number | null): string {
  if (value === null) return "no value";
  return `${Number(value.toPrecision(3)).toLocaleString("en")}${UNITS[measure] ?? ""}`;
}

/** What a monitor is at the moment, as a verdict that everybody knows from the tests. */
export function monitorVerdict({ alive, state, lastRun }: MonitorView): {
  verdict: "pass" | "fail" | "stale" | "insufficient";
  words: string;
} {
  if (state !== "active") return { verdict: "insufficient", words: "paused" };
  if (lastRun === null) return { verdict: "insufficient", words: "has not run yet" };
  if (!alive) return { verdict: "stale", words: "silent beyond its heartbeat" };
  if (lastRun.judgement === "beyond") return { verdict: "fail", words: "beyond its limit" };
  if (lastRun.judgement === "insufficient") return { verdict: "insufficient", words: "sees too little to tell" };
  return { verdict: "pass", words: "within its limit" };
}
