/** Base score of a CVSS 3.0 or 3.1 vector (FIRST, CVSS v3.1 specification, section 7.1), as a severity. */

const WEIGHTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
/** Privileges weigh otherwise where the scope changes. */
const PRIVILEGES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 },
};

/** Undefined for a vector of another version, or one that lacks a base metric. */
export function severityOfVector(vector: string): "critical" | "high" | "medium" | "low" | undefined {
  const score = baseScore(vector);
  if (score === undefined) return undefined;
  return score >= 9 ? "critical" : score >= 7 ? "high" : score >= 4 ? "medium" : "low";
}

export function baseScore(vector: string): number | undefined {
  const [version, ...parts] = vector.trim().split("/");
  if (version !== "CVSS:3.1" && version !== "CVSS:3.0") return undefined;
  const metrics = new Map(parts.map((part) => part.split(":", 2) as [string, string]));
  const scope = metrics.get("S") ?? "";
  const weight = (name: string) => WEIGHTS[name]?.[metrics.get(name) ?? ""];
  const [av, ac, ui, c, i, a] = ["AV", "AC", "UI", "C", "I", "A"].map(weight);
  const pr = PRIVILEGES[scope]?.[metrics.get("PR") ?? ""];
  if ([av, ac, ui, c, i, a, pr].includes(undefined)) return undefined;
  const iss = 1 - (1 - (c as number)) * (1 - (i as number)) * (1 - (a as number));
  const changed = scope === "C";
  const impact = changed ? 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02) ** 15 : 6.42 * iss;
  if (impact <= 0) return 0;
  const exploitability = 8.22 * (av as number) * (ac as number) * (pr as number) * (ui as number);
  return roundUp(Math.min((changed ? 1.08 : 1) * (impact + exploitability), 10));
}

/** Up to one decimal, by whole numbers as the specification's appendix A does, because floats err. */
function roundUp(score: number): number {
  const whole = Math.round(score * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}
