/** Drift of a registered system: what its register does not say, or says otherwise than what is found and seen. */
import { listed, type Micros } from "@steward/kernel";

import type { EvidenceRef } from "../facts.ts";
import type { ObservationFact } from "../facts-inventory.ts";
import { compare, contains } from "../intervals.ts";
import type { Finding, FindingKind, FoundComponent, SystemPresence } from "./finding.ts";
import { isExactVersion, normalName, normalVersion, type Resource, resourceOf } from "./names.ts";
import { componentKey, SILENT_AFTER_DAYS, silentSince } from "./presence.ts";
import type { Ground, SystemGround } from "./reconcile.ts";

interface Draft {
  readonly key: string;
  readonly kind: FindingKind;
  readonly name: string;
  readonly since: Micros;
  /** The newest thing it rests on: a decision from before does not cover it. */
  readonly knownAt: Micros;
  readonly message: string;
  readonly evidence: readonly EvidenceRef[];
  readonly details?: readonly string[];
}

export function systemFindings(own: SystemGround, presence: SystemPresence, ground: Ground): Finding[] {
  const isRetired = own.system.lifecycle === "retired";
  const drafts = [
    ...presenceDrafts(own, presence, ground),
    // What a retired system is made of matters to nobody but history.
    ...(isRetired
      ? []
      : [
          ...undeclaredDrafts(own, presence, ground),
          ...versionDrafts(own),
          ...releaseDrafts(own),
          ...digestDrafts(own),
        ]),
  ];
  const byKey = Map.groupBy(drafts, ({ key }) => key);
  return [...byKey.values()].map((same) => toFinding(same.reduce(together), own, ground));
}

/** The same thing seen in several places is one finding. */
function together(a: Draft, b: Draft): Draft {
  return {
    ...a,
    since: a.since < b.since ? a.since : b.since,
    knownAt: a.knownAt > b.knownAt ? a.knownAt : b.knownAt,
    evidence: [...a.evidence, ...b.evidence],
  };
}

function toFinding({ knownAt, name, ...draft }: Draft, { system }: SystemGround, ground: Ground): Finding {
  const disposition = ground.dispositions.covering(draft.key, knownAt);
  return {
    details: [],
    ...draft,
    subject: { kind: "system", id: system.id, name },
    systemId: system.id,
    dueAt: ground.dueAt(draft.since),
    disposition,
  };
}

function presenceDrafts(own: SystemGround, { presence, lastSeenAt }: SystemPresence, { now }: Ground): Draft[] {
  const { system } = own;
  const base = { name: system.name, evidence: [system.evidence] };
  if (presence === "silent") {
    const since = silentSince(own, lastSeenAt, now);
    const message = `${system.name} is registered as in operation, and nothing was seen of it for more than ${SILENT_AFTER_DAYS} days.`;
    return [{ ...base, key: `silent:${system.id}`, kind: "silent", since, knownAt: since, message }];
  }
  if (presence !== "retired_alive") return [];
  const seen = own.observations.filter((one) => one.lastSeenAt > system.lifecycleSince);
  const since = system.lifecycleSince;
  return [
    {
      ...base,
      key: `retired_alive:${system.id}`,
      kind: "retired_alive",
      since,
      knownAt: lastSeenAt !== null && lastSeenAt > since ? lastSeenAt : since,
      message: `${system.name} is registered as retired, and ${seen.length > 0 ? "was seen since" : "a release of it is recorded as running in production"}.`,
      evidence: [system.evidence, ...seen.map(({ evidence }) => evidence)],
      details: [...new Set(seen.map(({ service }) => service))],
    },
  ];
}

const RESOURCE_WORDS: Readonly<Record<Resource, string>> = {
  model: "model",
  data: "data set",
  software: "software",
  service: "service",
};

/** Key of the finding that a system uses a component which its register does not name. */
export function undeclaredKey(systemId: string, resource: Resource, component: string): string {
  return `undeclared:${systemId}:${resource}:${component}`;
}

function undeclaredDrafts({ system }: SystemGround, { found }: SystemPresence, { suppliers }: Ground): Draft[] {
  return found
    .filter(({ declared }) => !declared)
    .map(({ resource, name, versions, since, evidence }: FoundComponent) => ({
      key: undeclaredKey(system.id, resource, componentKey(resource, name, suppliers)),
      kind: "undeclared",
      name,
      since,
      knownAt: since,
      message: `${system.name} uses the ${RESOURCE_WORDS[resource]} ${name}, which is not among its components.`,
      evidence,
      details: [resource, ...versions],
    }));
}

/** Components of which the code holds a version that no record of theirs names. */
function versionDrafts({ system, components, scans }: SystemGround): Draft[] {
  const declared = Map.groupBy(
    components.filter(({ version }) => isExactVersion(version)),
    ({ name }) => normalName(name),
  );
  return scans.flatMap((scan) =>
    scan.components.flatMap(({ kind, name, version, versionSince }): Draft[] => {
      const records = declared.get(normalName(name));
      if (records === undefined || resourceOf(kind) === undefined || !isExactVersion(version)) return [];
      if (records.some((record) => normalVersion(record.version as string) === normalVersion(version))) return [];
      const known = listed(records.map((record) => record.version as string));
      return [
        {
          key: `version_drift:${system.id}:${scan.source}:${kind}:${normalName(name)}:${normalVersion(version)}`,
          kind: "version_drift",
          name,
          since: versionSince,
          knownAt: versionSince,
          message: `${scan.source} holds ${name} ${version}; ${system.name} declares ${known}.`,
          evidence: [scan.evidence, ...records.map(({ evidence }) => evidence)],
        },
      ];
    }),
  );
}

/** Versions of the system itself that ran although no deployment of them is recorded. */
function releaseDrafts({ system, observations }: SystemGround): Draft[] {
  return observations
    .filter(({ undeployed }) => undeployed)
    .map((seen) => {
      const version = seen.version ?? seen.digest ?? "an unnamed version";
      return {
        key: `version_drift:${system.id}:${seen.source}:${version}`,
        kind: "version_drift" as const,
        name: system.name,
        since: seen.knownSince,
        knownAt: seen.lastSeenAt > seen.knownSince ? seen.lastSeenAt : seen.knownSince,
        message: `${system.name} ran ${version} while no deployment of it to production was recorded.`,
        evidence: [seen.evidence],
      };
    });
}

/** How much of a digest a sentence shows. */
const DIGEST_CHARS = 19;

/**
 * Images that run although their digest is that of no release that was deployed when they were seen. Only the newest look
 * at a workload counts: what it ran before is history. Nothing is said where no digest of an image is known on both sides:
 * a release may go by the digest of its model file, which no image can have.
 */
function digestDrafts({ system, observations, releases, deployments, components }: SystemGround): Draft[] {
  const files = new Set(components.map(({ digest }) => digest));
  const byImage = releases.filter(
    ({ artefactKind, digest }) => artefactKind === "image" || (artefactKind === null && !files.has(digest)),
  );
  const digests = new Map(byImage.map((release) => [release.id, release]));
  const images = observations.filter((one) => one.provider === "self" && one.digest !== null && !one.undeployed);
  const workloads = Map.groupBy(images, ({ source, service }) => `${source}:${service}`);
  return [...workloads.values()]
    .flatMap((seen) => newestLook(seen))
    .flatMap((seen): Draft[] => {
      const deployed = deployments
        .filter((one) => contains(one, seen.lastSeenAt))
        .flatMap(({ releaseId }) => digests.get(releaseId) ?? []);
      if (deployed.length === 0 || deployed.some(({ digest }) => digest === seen.digest)) return [];
      const digest = seen.digest as string;
      const recorded = listed(
        [...new Set(deployed.map((one) => `${one.version} (${shortDigest(one.digest)})`))].toSorted(compare),
      );
      return [
        {
          key: `version_drift:${system.id}:${seen.source}:${seen.service}:${digest}`,
          kind: "version_drift",
          name: system.name,
          since: seen.knownSince,
          knownAt: seen.lastSeenAt > seen.knownSince ? seen.lastSeenAt : seen.knownSince,
          message: `${seen.service} runs the image ${shortDigest(digest)}, and what is recorded as deployed of ${system.name} is ${recorded}.${deployed.some(({ artefactKind }) => artefactKind === null) ? " Where that digest is not of an image, say so on the release." : ""}`,
          evidence: [seen.evidence, ...deployed.map(({ evidence }) => evidence)],
          details: [digest],
        },
      ];
    });
}

/** Of one workload's images those that the newest look found: several while one version follows another. */
function newestLook(seen: readonly ObservationFact[]): ObservationFact[] {
  const newest = seen.reduce((latest, { lastSeenAt }) => (lastSeenAt > latest ? lastSeenAt : latest), 0n);
  return seen.filter(({ lastSeenAt }) => lastSeenAt === newest);
}

function shortDigest(digest: string): string {
  return digest.length > DIGEST_CHARS ? `${digest.slice(0, DIGEST_CHARS)}…` : digest;
}
