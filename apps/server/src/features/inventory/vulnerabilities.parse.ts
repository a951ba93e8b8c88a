/** Reads vulnerability data: CycloneDX VEX, records of the OSV schema, and the JSON output of osv-scanner. */
import type { VulnerabilityFact } from "@steward/assurance";

import { severityOfVector } from "./cvss.ts";
import { fields, list, nameOfComponent } from "./documents.components.ts";

export interface Statement {
  readonly id: string;
  readonly component: string;
  readonly version: string | null;
  readonly severity: VulnerabilityFact["severity"];
  readonly state: VulnerabilityFact["state"];
}

export interface ParsedFeed {
  readonly format: "CycloneDX VEX" | "OSV" | "osv-scanner";
  readonly statements: readonly Statement[];
}

/** Undefined for a document of another form. */
export function parseFeed(document: unknown): ParsedFeed | undefined {
  if (Array.isArray(document)) {
    const records = document.map(fields);
    return records.every(isOsv)
      ? { format: "OSV", statements: records.flatMap((one) => osvStatements(one)) }
      : undefined;
  }
  const root = fields(document);
  if (root["bomFormat"] === "CycloneDX") return { format: "CycloneDX VEX", statements: vexStatements(root) };
  if (Array.isArray(root["results"])) return { format: "osv-scanner", statements: scannerStatements(root) };
  return isOsv(root) ? { format: "OSV", statements: osvStatements(root) } : undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Analysis states of CycloneDX; a state that is not given leaves the component affected. */
const VEX_STATES: Readonly<Record<string, Statement["state"]>> = {
  exploitable: "affected",
  in_triage: "under_investigation",
  not_affected: "not_affected",
  false_positive: "not_affected",
  resolved: "fixed",
  resolved_with_pedigree: "fixed",
};

function vexStatements(root: Json): Statement[] {
  const components = new Map(
    [fields(fields(root["metadata"])["component"]), ...list(root["components"]).map(fields)].flatMap((component) => {
      const ref = text(component["bom-ref"]);
      return ref === undefined ? [] : [[ref, component] as const];
    }),
  );
  return list(root["vulnerabilities"]).flatMap((one) => {
    const vulnerability = fields(one);
    const id = text(vulnerability["id"]);
    if (id === undefined) return [];
    const state = VEX_STATES[text(fields(vulnerability["analysis"])["state"]) ?? ""] ?? "affected";
    const severity = worst(list(vulnerability["ratings"]).map((rating) => ratingSeverity(fields(rating))));
    return list(vulnerability["affects"]).flatMap((affected): Statement[] => {
      const ref = text(fields(affected)["ref"]) ?? "";
      const component = components.get(ref) ?? components.get(ref.slice(ref.indexOf("#") + 1));
      const name = (component && nameOfComponent(component)) ?? nameInPurl(ref);
      if (name === undefined) return [];
      const versions = list(fields(affected)["versions"])
        .map(fields)
        .filter(({ status }) => status === undefined || status === "affected")
        .flatMap(({ version }) => text(version) ?? []);
      const named = versions.length > 0 ? versions : [text(component?.["version"]) ?? null];
      return named.map((version) => ({ id, component: name, version, severity, state }));
    });
  });
}

function ratingSeverity(rating: Json): Statement["severity"] {
  return wordSeverity(rating["severity"]) ?? severityOfVector(text(rating["vector"]) ?? "") ?? "unknown";
}

function isOsv(record: Json): boolean {
  return text(record["id"]) !== undefined && Array.isArray(record["affected"]);
}

/** A record names the versions that it affects, or only ranges: then every version counts. */
function osvStatements(record: Json, installed?: { name: string; version: string | null }): Statement[] {
  const id = text(record["id"]);
  if (id === undefined) return [];
  const severity = osvSeverity(record);
  const state = record["withdrawn"] === undefined ? ("affected" as const) : ("not_affected" as const);
  if (installed) return [{ id, component: installed.name, version: installed.version, severity, state }];
  return list(record["affected"]).flatMap((one): Statement[] => {
    const affected = fields(one);
    const name = text(fields(affected["package"])["name"]);
    if (name === undefined) return [];
    const versions = list(affected["versions"]).flatMap((version) => text(version) ?? []);
    return (versions.length > 0 ? versions : [null]).map((version) => ({
      id,
      component: name,
      version,
      severity,
      state,
    }));
  });
}

function osvSeverity(record: Json): Statement["severity"] {
  const words = [record, ...list(record["affected"]).map(fields)].flatMap((part) => [
    fields(part["database_specific"])["severity"],
    fields(part["ecosystem_specific"])["severity"],
  ]);
  const vectors = list(record["severity"]).map((one) => severityOfVector(text(fields(one)["score"]) ?? ""));
  return worst([...words.map(wordSeverity), ...vectors].flatMap((severity) => severity ?? []));
}

function scannerStatements(root: Json): Statement[] {
  const packages = list(root["results"]).flatMap((result) => list(fields(result)["packages"]).map(fields));
  return packages.flatMap((one) => {
    const name = text(fields(one["package"])["name"]);
    if (name === undefined) return [];
    const version = text(fields(one["package"])["version"]) ?? null;
    return list(one["vulnerabilities"]).flatMap((record) => osvStatements(fields(record), { name, version }));
  });
}

const SEVERITIES = ["critical", "high", "medium", "low"] as const;

function wordSeverity(word: unknown): Statement["severity"] | undefined {
  const lower = text(word)?.toLowerCase();
  if (lower === "moderate") return "medium";
  if (lower === "none" || lower === "info") return "low";
  return SEVERITIES.find((severity) => severity === lower);
}

function worst(severities: readonly Statement["severity"][]): Statement["severity"] {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? "unknown";
}

/** `pkg:pypi/torch@2.1.0` names torch. */
function nameInPurl(ref: string): string | undefined {
  const purl = /pkg:[^/]+\/([^@?#]+)/.exec(ref)?.[1];
  try {
    return purl === undefined ? undefined : decodeURIComponent(purl);
  } catch {
    return purl;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, TEXT_MAX_CHARS) : undefined;
}

/** Ids, names and versions are short; what is longer is no name. */
const TEXT_MAX_CHARS = 500;
