/** Shadow AI: what is found in code or seen at run time and belongs to no registered system. */
import { grouped, listed, type Micros } from "@steward/kernel";

import type { ObservationFact, ObservationSource, ScanComponentFact, ScanFact } from "../facts-inventory.ts";
import { compare } from "../intervals.ts";
import type { Finding } from "./finding.ts";
import { type Ground, serviceKey, sourceKey } from "./reconcile.ts";
import type { Suppliers } from "./suppliers.ts";

/** Things that a message names; a person finds all of them in the evidence. */
const NAMED = 3;

export function shadowFindings(
  scans: readonly ScanFact[],
  observations: readonly ObservationFact[],
  ground: Ground,
): Finding[] {
  const services = Map.groupBy(observations, ({ source, service }) => serviceKey(source, service));
  return [
    ...scans.flatMap((scan) => shadowSource(scan, ground)),
    ...[...services].map(([key, seen]) => shadowService(key, seen, ground)),
  ];
}

/** A repository in which AI was found is a candidate for a system: one finding, however much it holds. */
function shadowSource(scan: ScanFact, ground: Ground): Finding[] {
  if (scan.components.length === 0) return [];
  const key = sourceKey(scan.source);
  const names = namesOf(scan.components, ground.suppliers);
  return [
    {
      key,
      kind: "shadow",
      subject: { kind: "scan", id: scan.id, name: scan.source },
      systemId: null,
      ...standing(
        key,
        scan.components.map(({ foundSince }) => foundSince),
        ground,
      ),
      message: `${scan.source} uses ${some(names)}, and belongs to no registered AI system.`,
      evidence: [scan.evidence],
      details: names,
    },
  ];
}

function shadowService(key: string, seen: readonly ObservationFact[], ground: Ground): Finding {
  const [first] = seen as readonly [ObservationFact, ...ObservationFact[]];
  const used = [
    ...new Set(seen.filter(({ provider }) => provider !== "self").map((one) => usedName(one, ground.suppliers))),
  ].toSorted(compare);
  const where = SEEN_IN[first.source];
  const what = used.length === 0 ? `was seen ${where}` : `was seen ${where}, using ${some(used)}`;
  return {
    key,
    kind: "shadow",
    subject: { kind: "service", id: first.id, name: first.service },
    systemId: null,
    ...standing(
      key,
      seen.map(({ knownSince }) => knownSince),
      ground,
      seen.map(({ lastSeenAt }) => lastSeenAt),
    ),
    message: `${first.service} ${what}, and belongs to no registered AI system.`,
    evidence: seen.map(({ evidence }) => evidence),
    details: used,
  };
}

/** A decision covers what was known when it was made: the finding stands since the oldest part that none covers. */
function standing(key: string, known: readonly Micros[], { dispositions, ...ground }: Ground, seen = known) {
  const newest = known.reduce((a, b) => (a > b ? a : b));
  const lastSeen = seen.reduce((a, b) => (a > b ? a : b));
  const disposition = dispositions.covering(key, newest, lastSeen);
  const open = known.filter((moment, i) => dispositions.covering(key, moment, seen[i]) === null);
  const since = (disposition === null && open.length > 0 ? open : known).reduce((a, b) => (a < b ? a : b));
  return { since, dueAt: ground.dueAt(since), disposition };
}

const SEEN_IN: Readonly<Record<ObservationSource, string>> = {
  otlp: "in OpenTelemetry traffic",
  kubernetes: "in a Kubernetes cluster",
  cloudtrail: "in CloudTrail",
  mlflow: "in an MLflow registry",
  decision_log: "in the log of decisions",
};

/** Suppliers and models say most, packages least. */
const TELLING: readonly string[] = ["provider", "service", "model", "model_file", "agent"];

function namesOf(components: readonly ScanComponentFact[], suppliers: Suppliers): string[] {
  const rank = ({ kind }: ScanComponentFact) => (TELLING.indexOf(kind) + TELLING.length + 1) % (TELLING.length + 1);
  const sorted = components.toSorted((a, b) => rank(a) - rank(b) || compare(a.name, b.name));
  return [...new Set(sorted.map(({ kind, name }) => (kind === "provider" ? suppliers.titleOf(name) : name)))];
}

function usedName({ provider, model }: ObservationFact, suppliers: Suppliers): string {
  const supplier = suppliers.titleOf(provider);
  return model === null ? supplier : `${model} (${supplier})`;
}

function some(names: readonly string[]): string {
  if (names.length <= NAMED) return listed(names);
  return listed([...names.slice(0, NAMED), `${grouped(names.length - NAMED)} more`]);
}
