/** What is known to be vulnerable of what registered systems use, for screens. */
import {
  affects,
  CRITICAL_FIX,
  isCritical,
  isOpen,
  normalName,
  reconcile,
  type VulnerabilityFact,
  versionsInUse,
} from "@steward/assurance";
import { type Vulnerabilities, type Vulnerability, VULNERABILITY_SEVERITIES } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { loadReconcileFacts } from "../status/status.facts.ts";
import { NO_GRACE } from "./inventory.map.ts";
import { loadVulnerabilities } from "./vulnerabilities.read.ts";

/** More than anybody reads; the worst come first. */
const ITEMS_MAX = 500;
/** Sources of data: scanners of several repositories, and suppliers. */
const FEEDS_MAX = 50;

/** `systemId`: of what that system uses alone. */
export async function listVulnerabilities(
  db: Kysely<Tables>,
  orgId: Uuid,
  now: Micros,
  systemId?: Uuid,
): Promise<Vulnerabilities> {
  const [facts, { vulnerabilities }, feeds] = await Promise.all([
    loadReconcileFacts(db, orgId, { recordedAt: now, effectiveAt: now }),
    loadVulnerabilities(db, orgId, now),
    readFeeds(db, orgId),
  ]);
  const names = new Map((facts.systems ?? []).map(({ id, name }) => [id, name]));
  const systems = reconcile(facts, { now, grace: NO_GRACE }).systems.map((one) => ({
    id: one.systemId,
    name: names.get(one.systemId) ?? "",
    inUse: versionsInUse(
      (facts.components ?? []).filter((component) => component.systemId === one.systemId),
      one.found,
    ),
  }));
  // 20,000 statements take 1,000 systems 0.1 s by name, and 6.6 s where each is held against each.
  const holders = Map.groupBy(
    systems.flatMap((system) => [...system.inUse.keys()].map((name) => ({ name, system }))),
    ({ name }) => name,
  );
  const concerned = vulnerabilities.map((one) => ({
    one,
    users: (holders.get(normalName(one.component)) ?? [])
      .filter(({ system }) => affects(one, system.inUse))
      .map(({ system: { id, name } }) => ({ id, name })),
  }));
  const items = concerned
    .filter(({ users }) => users.some(({ id }) => systemId === undefined || id === systemId))
    .map(({ one, users }) => itemOf(one, users, now))
    .toSorted(worstFirst);
  return {
    feeds,
    items: items.slice(0, ITEMS_MAX),
    more: Math.max(0, items.length - ITEMS_MAX),
    elsewhere: concerned.filter(({ users }) => users.length === 0).length,
  };
}

function itemOf(one: VulnerabilityFact, systems: Vulnerability["systems"], now: Micros): Vulnerability {
  const { id, component, version, severity, state, knownSince, evidence } = one;
  const fixBy = isOpen(one) && isCritical(one) ? knownSince + CRITICAL_FIX : null;
  return {
    id,
    component,
    version,
    severity,
    state,
    knownSince: formatInstant(knownSince),
    fixBy: fixBy === null ? null : formatInstant(fixBy),
    overdue: fixBy !== null && fixBy <= now,
    systems,
    ledgerIndex: evidence.ledgerIndex as number,
  };
}

/** What counts against the status, soonest first; then what waits, then the rest, each by its severity. */
function worstFirst(a: Vulnerability, b: Vulnerability): number {
  const rank = (one: Vulnerability) => (one.fixBy !== null ? 0 : isOpen(one) ? 1 : 2);
  const severity = (one: Vulnerability) => VULNERABILITY_SEVERITIES.indexOf(one.severity);
  return (
    rank(a) - rank(b) ||
    severity(a) - severity(b) ||
    compareText(a.knownSince, b.knownSince) ||
    compareText(a.id, b.id) ||
    compareText(`${a.component} ${a.version}`, `${b.component} ${b.version}`)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readFeeds(db: Kysely<Tables>, orgId: Uuid): Promise<Vulnerabilities["feeds"]> {
  const { rows } = await sql<{
    id: Uuid;
    source: string;
    format: string;
    statements: number;
    recorded_at: Micros;
    ledger_index: number;
  }>`
    SELECT id, source, format, statements, recorded_at, ledger_index FROM (
      SELECT DISTINCT ON (source) * FROM vulnerability_feed WHERE org_id = ${orgId} ORDER BY source, id DESC
    ) newest ORDER BY id DESC LIMIT ${FEEDS_MAX}`.execute(db);
  return rows.map(({ recorded_at, ledger_index, ...row }) => ({
    ...row,
    recordedAt: formatInstant(recorded_at),
    ledgerIndex: ledger_index,
  }));
}
