/** T-A.4.4-1: tools and models are those declared, supported, and free of critical weaknesses that wait too long. */
import { counted, listed, type Micros, MICROS_PER_DAY } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { SystemFact } from "../facts.ts";
import { compare } from "../intervals.ts";
import { normalName } from "../reconcile/names.ts";
import { affects, isCritical, isOpen, versionsInUse } from "../reconcile/vulnerabilities.ts";
import { DISCOVERY_AGE_DAYS, DISCOVERY_LIMIT, reconciliationOf } from "./discovery.ts";
import { componentsOf, declareStep, judgeScanned, noSystemInLife, systemsInLife } from "./resources.ts";
import { stepFor, systemSubject } from "./systems.ts";

/** Time to fix a critical vulnerability, as CISA's binding directive 19-02 has it for systems on the internet. */
export const CRITICAL_FIX_DAYS = 15;
export const CRITICAL_FIX: Micros = BigInt(CRITICAL_FIX_DAYS) * MICROS_PER_DAY;
const FIX_LIMIT = { name: "CRITICAL_FIX", value: CRITICAL_FIX_DAYS, unit: "days" };

/** Greatest age of the newest vulnerability data. */
const FEED_AGE: Micros = BigInt(DISCOVERY_AGE_DAYS) * MICROS_PER_DAY;

export const componentsHealthy = itemsTest<SystemFact>({
  id: "T-A.4.4-1",
  codeVersion: "2",
  needs: ["systems", "components", "scans", "observations", "dispositions", "vulnerabilities", "vulnerabilityFeeds"],
  limits: [DISCOVERY_LIMIT, FIX_LIMIT],
  called: ["AI system from design to operation", "AI systems from design to operation"],
  items: systemsInLife,
  subject: systemSubject,
  claim: [
    "declares the tools and models that are found, all supported and without an overdue critical vulnerability",
    "declare the tools and models that are found, all supported and without an overdue critical vulnerability",
  ],
  none: noSystemInLife,
  judge: (system, context) => [
    judgeScanned(system, context),
    judgeLists(system, context),
    ...judgeSupport(system, context),
    judgeFeed(system, context),
    ...judgeVulnerabilities(system, context),
  ],
});

const LISTED_KINDS: ReadonlySet<string> = new Set(["software", "model"]);

function judgeLists(system: SystemFact, context: TestContext): Check {
  const found = reconciliationOf(context)
    .systems.filter(({ systemId }) => systemId === system.id)
    .flatMap((one) => one.found)
    .filter(({ resource }) => LISTED_KINDS.has(resource));
  const declared = componentsOf(system, context.facts.facts.components).filter(({ kind }) => LISTED_KINDS.has(kind));
  const foundNames = new Set(found.map(({ name }) => normalName(name)));
  const missing = declared.filter(({ name }) => !foundNames.has(normalName(name))).map(({ name }) => name);
  const extra = found.filter((one) => !one.declared).map(({ name }) => name);
  const evidence = [...declared.map((one) => one.evidence), ...found.flatMap((one) => one.evidence)];
  if (missing.length === 0 && extra.length === 0) {
    if (declared.length > 0) {
      return { verdict: "pass", message: `The tools and models of ${system.name} are those found.`, evidence };
    }
    const message = `${system.name} declares no tool or model, and none was found.`;
    return { verdict: "insufficient", message, nextStep: declareStep(system) };
  }
  const parts = [
    ...(missing.length > 0 ? [`declared but not found: ${listed(missing.toSorted(compare).slice(0, NAMED))}`] : []),
    ...(extra.length > 0 ? [`found but not declared: ${listed(extra.toSorted(compare).slice(0, NAMED))}`] : []),
  ];
  return {
    verdict: "fail",
    message: `The tools and models of ${system.name} are not those found (${counted(missing.length + extra.length, "difference")}; ${parts.join("; ")}).`,
    evidence,
    nextStep: declareStep(system),
  };
}

/** Names in one message. */
const NAMED = 3;

function judgeSupport(system: SystemFact, { facts, now }: TestContext): Check[] {
  return componentsOf(system, facts.facts.components)
    .filter(({ kind }) => LISTED_KINDS.has(kind))
    .map((component): Check => {
      const { supportEndsAt, supportChecked } = component;
      // Two versions of one thing are looked up apart.
      const name = component.version === null ? component.name : `${component.name} ${component.version}`;
      const evidence = [component.evidence];
      const subject = { kind: "component", id: component.id, name };
      const nextStep = {
        text: `Look up until when ${name} is supported, and say so in its record.`,
        action: "check_support" as const,
        subjectKind: "component",
        subjectId: component.id,
      };
      if (supportEndsAt !== null && supportEndsAt <= now) {
        return { verdict: "fail", message: `${name} is past its end of support.`, evidence, subject, nextStep };
      }
      if (supportEndsAt === null && !supportChecked) {
        return {
          verdict: "insufficient",
          message: `Nobody has looked up until when ${name} is supported.`,
          subject,
          nextStep,
        };
      }
      return { verdict: "pass", message: `${name} is supported.`, evidence, subject, validUntil: supportEndsAt };
    });
}

function judgeFeed(system: SystemFact, { facts, now }: TestContext): Check {
  const newest = (facts.facts.vulnerabilityFeeds ?? []).toSorted(
    (a, b) => compare(b.at, a.at) || compare(a.evidence.id, b.evidence.id),
  )[0];
  const step = "Import a vulnerability feed: an OSV or CycloneDX VEX document.";
  return watch(newest, FEED_AGE, now, {
    alive: "Vulnerability data is current.",
    tooOld: `No vulnerability feed was imported in the last ${DISCOVERY_AGE_DAYS} days.`,
    never: "No vulnerability feed has been imported yet.",
    nextStep: stepFor(system, "import_vulnerabilities", step),
  });
}

function judgeVulnerabilities(system: SystemFact, context: TestContext): Check[] {
  const { facts, now } = context;
  const critical = (facts.facts.vulnerabilities ?? [])
    .filter((one) => isCritical(one) && isOpen(one))
    .toSorted(
      (a, b) => compare(a.id, b.id) || compare(a.component, b.component) || compare(a.version ?? "", b.version ?? ""),
    );
  if (critical.length === 0) return [];
  const found = reconciliationOf(context).systems.filter(({ systemId }) => systemId === system.id);
  const inUse = versionsInUse(
    componentsOf(system, facts.facts.components),
    found.flatMap((one) => one.found),
  );
  return critical
    .filter((one) => affects(one, inUse))
    .map((one): Check => {
      const dueAt = one.knownSince + CRITICAL_FIX;
      const evidence = [one.evidence];
      if (dueAt > now) {
        const message = `${one.id} of ${one.component} has time left to be fixed.`;
        return { verdict: "pass", message, evidence, validUntil: dueAt };
      }
      return {
        verdict: "fail",
        message: `${one.id} of ${one.component} was to be fixed within ${CRITICAL_FIX_DAYS} days.`,
        evidence,
        nextStep: stepFor(system, "fix_vulnerability", `Update ${one.component} in ${system.name}.`),
      };
    });
}
