/** Clause 4.3 and A.9.2: nothing runs that the inventory does not know, and no AI service is used without approval. */
import { type Micros, MICROS_PER_DAY } from "@steward/kernel";

import { itemsTest, watch } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { LookFact, ObservationFact, ObservationSource, UseApprovalFact } from "../facts-inventory.ts";
import type { SystemFact } from "../facts.ts";
import { compare, earliest } from "../intervals.ts";
import type { Finding } from "../reconcile/finding.ts";
import { serviceKey } from "../reconcile/reconcile.ts";
import { type Suppliers, suppliersOf } from "../reconcile/suppliers.ts";
import type { NextStep, Subject } from "../result.ts";

/** Greatest age of a watch: scans run with every build and observations arrive daily; a week without is no watch. */
export const DISCOVERY_AGE_DAYS = 7;
const DISCOVERY_AGE: Micros = BigInt(DISCOVERY_AGE_DAYS) * MICROS_PER_DAY;
export const DISCOVERY_LIMIT = { name: "DISCOVERY_AGE", value: DISCOVERY_AGE_DAYS, unit: "days" };

/** Runtime sources that can show what nobody registered; the decision log only shows who sends to it. */
const RUNTIME: ReadonlySet<ObservationSource> = new Set(["otlp", "kubernetes", "cloudtrail", "mlflow"]);
/** Runtime sources that see calls of AI services. */
const TRAFFIC: ReadonlySet<ObservationSource> = new Set(["otlp", "cloudtrail"]);

/** Decisions that name the supplier who answered tell of traffic as well. */
function isToldCall({ source, provider }: ObservationFact): boolean {
  return source === "decision_log" && provider !== "self";
}

function isTraffic(observation: ObservationFact): boolean {
  return isToldCall(observation) || (TRAFFIC.has(observation.source) && observation.provider !== "self");
}

const SCAN: NextStep = {
  text: "Scan a repository and publish the result: steward scan . --publish.",
  action: "publish_scan",
  subjectKind: null,
  subjectId: null,
};

const OBSERVE: NextStep = {
  text: "Connect OpenTelemetry, or publish what your clusters and cloud accounts list: steward observe.",
  action: "publish_observations",
  subjectKind: null,
  subjectId: null,
};

export function reconciliationOf(context: TestContext) {
  return context.facts.reconciliation(context.now, context.timeAllowed("DRIFT_GRACE"));
}

/** The newest scan, as proof that code is being watched. */
function scanCheck({ facts, now }: TestContext): Check {
  const newest = (facts.facts.scans ?? []).toSorted((a, b) => compare(b.at, a.at) || compare(a.id, b.id))[0];
  return watch(newest, DISCOVERY_AGE, now, {
    alive: "Repositories are being scanned.",
    tooOld: `No repository was scanned in the last ${DISCOVERY_AGE_DAYS} days.`,
    never: "No repository has been scanned yet.",
    nextStep: SCAN,
  });
}

type Look = Pick<LookFact, "at" | "evidence">;

function looksOf({ facts }: TestContext, sources: ReadonlySet<ObservationSource>): Look[] {
  return (facts.facts.looks ?? []).filter(({ source }) => sources.has(source));
}

function looksAtTraffic(context: TestContext): Look[] {
  const told = (context.facts.facts.observations ?? []).filter(isToldCall);
  return [...looksOf(context, TRAFFIC), ...told.map(({ evidence }) => ({ at: evidence.at, evidence }))];
}

function runtimeCheck(looks: readonly Look[], { now }: TestContext, what: string): Check {
  const newest = looks.toSorted((a, b) => compare(b.at, a.at) || compare(a.evidence.id, b.evidence.id))[0];
  return watch(newest, DISCOVERY_AGE, now, {
    alive: `${what} is being watched.`,
    tooOld: `${what} was not watched in the last ${DISCOVERY_AGE_DAYS} days.`,
    never: `${what} has not been watched yet.`,
    nextStep: OBSERVE,
  });
}

interface Watched {
  readonly subject: Subject;
  readonly check: (context: TestContext) => Check;
}

const WATCHED_CODE: Watched = { subject: { kind: "watch", id: "code", name: "Code" }, check: scanCheck };
const WATCHED_RUNTIME: Watched = {
  subject: { kind: "watch", id: "runtime", name: "What runs" },
  check: (context) => runtimeCheck(looksOf(context, RUNTIME), context, "What runs"),
};
const WATCHED_TRAFFIC: Watched = {
  subject: { kind: "watch", id: "traffic", name: "Traffic to AI services" },
  check: (context) => runtimeCheck(looksAtTraffic(context), context, "Traffic to AI services"),
};

/** A finding fails once its grace has passed; a decision settles it while it is in force. */
export function judgeFinding(finding: Finding, now: Micros): Check {
  const { message, evidence, dueAt, disposition } = finding;
  if (disposition !== null) {
    const settled = [...evidence, disposition.evidence];
    return {
      verdict: "pass",
      message: `${message} A decision covers it.`,
      evidence: settled,
      validUntil: disposition.until,
    };
  }
  const nextStep: NextStep = {
    text: `Settle the drift of ${finding.subject.name}.`,
    action: "settle_drift",
    subjectKind: finding.subject.kind,
    subjectId: finding.subject.id,
  };
  if (dueAt > now) return { verdict: "pass", message: `${message} There is time left.`, evidence, validUntil: dueAt };
  return { verdict: "fail", message, evidence, nextStep };
}

/** T-4.3-1: no discovered asset without a system and a decision is older than the grace, while the watches are alive. */
export const inventoryHasNoDrift = itemsTest<Watched>({
  id: "T-4.3-1",
  codeVersion: "2",
  needs: ["systems", "scans", "observations", "looks", "dispositions"],
  limits: [DISCOVERY_LIMIT],
  called: ["watch or discovered asset", "watches and discovered assets"],
  items: (context) => [
    WATCHED_CODE,
    WATCHED_RUNTIME,
    ...reconciliationOf(context)
      .findings.filter(({ kind }) => kind === "shadow")
      .map((finding) => ({ subject: finding.subject, check: () => judgeFinding(finding, context.now) })),
  ],
  subject: ({ subject }) => subject,
  claim: ["is in order", "are in order: nothing was discovered that the inventory does not account for in time"],
  none: () => ({ reason: "Nothing is watched yet.", nextStep: SCAN }),
  judge: ({ check }, context) => [check(context)],
});

/** T-A.9.2-1: no AI service is seen in traffic without an approved use for longer than the grace. */
export const noShadowUse = itemsTest<Watched>({
  id: "T-A.9.2-1",
  codeVersion: "4",
  needs: ["systems", "observations", "looks", "dispositions", "useApprovals"],
  limits: [DISCOVERY_LIMIT],
  called: ["watch or AI service in use", "watches and AI services in use"],
  items: (context) => [WATCHED_TRAFFIC, ...usesSeen(context).map((use) => watchedUse(use))],
  subject: ({ subject }) => subject,
  claim: ["is in order", "are in order: every AI service in use is approved, or was first seen within the grace"],
  none: () => ({ reason: "No traffic is watched yet.", nextStep: OBSERVE }),
  judge: ({ check }, context) => [check(context)],
});

/** One supplier's services as used by one system, or by a service that belongs to none. */
interface Use {
  readonly system: SystemFact | undefined;
  readonly user: string;
  readonly provider: string;
  readonly seen: readonly ObservationFact[];
}

function usesSeen(context: TestContext): Use[] {
  const { systemOfObservation } = reconciliationOf(context);
  const systems = new Map(context.facts.systems.map((system) => [system.id, system]));
  const seen = (context.facts.facts.observations ?? []).filter(isTraffic);
  const systemOf = (observation: ObservationFact) => systems.get(systemOfObservation.get(observation.id) ?? "");
  const userOf = (observation: ObservationFact) =>
    systemOf(observation)?.id ?? `${observation.source} ${observation.service}`;
  const suppliers = suppliersOf(context.facts.facts);
  const byUse = Map.groupBy(seen, (one) => `${userOf(one)} ${suppliers.keyOf(one.provider)}`);
  return [...byUse]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([, list]) => {
      const sorted = list.toSorted((a, b) => compare(a.id, b.id));
      const [first] = sorted as [ObservationFact, ...ObservationFact[]];
      const system = systemOf(first);
      return { system, user: system?.name ?? first.service, provider: first.provider, seen: sorted };
    });
}

function watchedUse(use: Use): Watched {
  const [first] = use.seen as [ObservationFact, ...ObservationFact[]];
  const subject = use.system
    ? { kind: "system", id: use.system.id, name: `${use.system.name}: ${use.provider}` }
    : { kind: "service", id: first.id, name: `${use.user}: ${use.provider}` };
  return { subject, check: (context) => judgeUse(use, subject, context) };
}

function judgeUse({ system, user, provider, seen }: Use, subject: Subject, context: TestContext): Check {
  const { now, facts } = context;
  const suppliers = suppliersOf(facts.facts);
  const evidence = seen.map((one) => one.evidence);
  const approvals = (facts.facts.useApprovals ?? []).filter(
    (one) => one.systemId === system?.id && approves(one, provider, suppliers) && one.from <= now,
  );
  // What is not seen any more needs no approval any more; it needed one for as long as it was seen.
  const lastSeen = latest(seen.map(({ lastSeenAt }) => lastSeenAt));
  const inForce = approvals.filter(({ until }) => until === null || until > lastSeen);
  if (inForce.length > 0) {
    return {
      verdict: "pass",
      message: `${user} uses ${provider} with approval.`,
      evidence: [...evidence, ...inForce.map((one) => one.evidence)],
    };
  }
  const settled = system === undefined ? settledFinding(seen, context) : undefined;
  if (settled !== undefined) return judgeFinding(settled, now);
  const since = seen.map(({ knownSince }) => knownSince).reduce((a, b) => (a < b ? a : b));
  const dueAt = context.deadline("DRIFT_GRACE", since);
  const starts = earliest(
    (facts.facts.useApprovals ?? [])
      .filter((one) => one.systemId === system?.id && approves(one, provider, suppliers) && one.from > now)
      .map(({ from }) => from),
  );
  if (dueAt > now) {
    const message = `${user} uses ${provider}; its approval is awaited within the grace.`;
    return { verdict: "pass", message, evidence, validUntil: earliest([dueAt, starts]) };
  }
  const text = `Approve the use of ${provider} by ${user}, or end it.`;
  return {
    verdict: "fail",
    message: `${user} uses ${provider} without an approved use.`,
    evidence,
    validUntil: starts,
    nextStep: { text, action: "approve_use", subjectKind: subject.kind, subjectId: subject.id },
  };
}

/** The finding that somebody outside the inventory uses AI, where it was decided about. */
function settledFinding([first]: readonly ObservationFact[], context: TestContext): Finding | undefined {
  if (first === undefined) return undefined;
  const key = serviceKey(first.source, first.service);
  return reconciliationOf(context).findings.find((one) => one.key === key && one.disposition !== null);
}

/** Whoever asks for the use can't be the one who approves it. */
function approves(
  { state, services, requesterId, approverId }: UseApprovalFact,
  provider: string,
  suppliers: Suppliers,
): boolean {
  const isApproved = state === "approved" && approverId !== null && approverId !== requesterId;
  return isApproved && services.some((service) => suppliers.areSame(service, provider));
}

function latest(moments: readonly Micros[]): Micros {
  return moments.reduce((a, b) => (a > b ? a : b));
}
