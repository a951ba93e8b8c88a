/**
 * A scan as SARIF 2.1.0, so that code hosts and editors show each finding on its line.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import { createHash } from "node:crypto";

import { componentKey } from "../component-key.ts";
import type { Breach } from "../conditions.ts";
import { TOOL_NAME, TOOL_TITLE, TOOL_VERSION } from "../tool.ts";
import type { Component, Evidence, Kind, ScanReport } from "../types.ts";

/** Results of one run: GitHub refuses a file that has more. */
const MAX_RESULTS = 25_000;

/** Notifications about files that were left out; more of them tell nobody more. */
const MAX_NOTIFICATIONS = 1000;

const KIND_TITLES: Readonly<Record<Kind, string>> = {
  package: "AI package",
  provider: "AI supplier",
  service: "AI service",
  model: "AI model",
  model_file: "model file",
  dataset: "data set",
  embedding: "embedding model",
  vector_store: "vector store",
  agent: "AI agent",
  tool: "tool of an agent",
  prompt: "prompt",
  endpoint: "address of an AI service",
  credential: "credential of an AI service",
  image: "container image for AI",
  ci: "AI in continuous integration",
};

interface SarifResult {
  readonly ruleId: string;
  readonly level: "error" | "note";
  readonly message: { readonly text: string };
  readonly locations: readonly unknown[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A result for each place of each component: an error where the component meets a condition, else a note. */
export function toSarif(report: ScanReport, breaches: readonly Breach[] = []): string {
  const met = new Map(breaches.map(({ component, conditions }) => [component, conditions.join(", ")]));
  // What breaks a condition comes first, so that a limit never cuts it off before what is only noted.
  const ordered = [...report.components].sort((a, b) => Number(met.has(b)) - Number(met.has(a)));
  const results = ordered
    .flatMap((component) => placesOf(component).map((place) => resultOf(component, place, met.get(component))))
    .slice(0, MAX_RESULTS);
  const rules = [...new Set(results.map(({ ruleId }) => ruleId))].sort();
  const document = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: TOOL_NAME,
            fullName: `${TOOL_TITLE} scan`,
            semanticVersion: TOOL_VERSION,
            rules: rules.map((id) => ruleOf(id)),
          },
        },
        columnKind: "utf16CodeUnits",
        results: results.map((result) => ({ ...result, ruleIndex: rules.indexOf(result.ruleId) })),
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: report.filesSkipped.slice(0, MAX_NOTIFICATIONS).map(({ file, reason }) => ({
              level: "note",
              message: { text: `${file} was left out: ${reason}.` },
              locations: [{ physicalLocation: { artifactLocation: artifact(file) } }],
            })),
          },
        ],
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One place a line, although several detectors may point at it. */
function placesOf({ evidence }: Component): Evidence[] {
  const places = new Map(evidence.toReversed().map((place) => [`${place.file}\u0000${place.line}`, place]));
  return [...places.values()].toReversed();
}

function resultOf(
  component: Component,
  { file, line, detector }: Evidence,
  conditions: string | undefined,
): SarifResult {
  const { kind, name, version, provider, ecosystem, confidence } = component;
  const named = `${KIND_TITLES[kind]} ${name}${version === undefined ? "" : ` ${version}`}`;
  const met = conditions === undefined ? "" : ` It meets the condition ${conditions}.`;
  return {
    ruleId: detector,
    level: conditions === undefined ? "note" : "error",
    message: { text: `${capital(named)} (${confidence}).${met}` },
    locations: [{ physicalLocation: { artifactLocation: artifact(file), region: { startLine: line } } }],
    // Without the line: an alert stays the same when text above it moves.
    partialFingerprints: {
      "stewardComponent/v1": createHash("sha256")
        .update(`${componentKey(component)}\u0000${file}`)
        .digest("hex"),
    },
    properties: { kind, name, confidence, ...definedOnly({ version, provider, ecosystem }) },
  };
}

function ruleOf(id: string): unknown {
  const [rule, signal] = id.split("/");
  return {
    id,
    name: id.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? ""),
    shortDescription: { text: `AI found by the rule ${rule ?? id}, signal ${signal ?? "file"}.` },
    defaultConfiguration: { level: "note" },
  };
}

function artifact(file: string): { uri: string; uriBaseId: string } {
  return {
    uri: file
      .split("/")
      .map((part) => encodeURIComponent(part))
      .join("/"),
    uriBaseId: "%SRCROOT%",
  };
}

function definedOnly(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
