/** Reads of evaluations and policies for screens. */
import { evaluationAction, FactsIndex } from "@steward/assurance";
import type { Evaluation, EvaluationPolicyView, EvaluationSummary } from "@steward/contract";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { nameActors } from "../../platform/database/actors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { type IdsBelow, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { notFound } from "../../platform/http/problem.ts";
import { loadEvaluationFacts } from "../status/status.facts.ts";
import { readPolicy, requiredFor, thresholdsOf } from "./evaluations.policy.ts";
import type { PolicyRow } from "./evaluations.store.ts";

export interface EvaluationQuery extends PageQuery {
  readonly systemId?: string | undefined;
  readonly releaseId?: string | undefined;
  readonly kind?: string | undefined;
  readonly basis?: string | undefined;
  readonly verdict?: string | undefined;
  readonly suite?: string | undefined;
}

interface EvaluationRow {
  readonly id: Uuid;
  readonly run_id: string | null;
  readonly system_id: Uuid;
  readonly system_name: string;
  readonly release_id: Uuid;
  readonly release_version: string;
  readonly release_digest: string;
  readonly kind: EvaluationSummary["kind"];
  readonly suite: string;
  readonly basis: EvaluationSummary["basis"];
  readonly dataset_name: string;
  readonly dataset_version: string | null;
  readonly dataset_digest: string | null;
  readonly cases: number | null;
  readonly tool_name: string;
  readonly tool_version: string | null;
  readonly policy_id: Uuid | null;
  readonly policy_name: string;
  readonly policy_version: string;
  readonly policy_digest: string;
  readonly policy_at: Micros;
  readonly policy_document: Record<string, unknown> | null;
  readonly verdict: EvaluationSummary["verdict"];
  readonly reasons: string[];
  readonly results: Evaluation["results"];
  readonly report: Evaluation["report"];
  readonly started_at: Micros | null;
  readonly recorded_at: Micros;
  readonly actor_kind: "person" | "key" | "system";
  readonly actor_id: string;
  readonly ledger_index: number;
}

const ORDER = "-id";

/** Everything but the report, which is large. */
const SUMMARY = sql`
  e.id, e.run_id, e.system_id, s.name AS system_name, e.release_id, r.version AS release_version, e.release_digest,
  e.kind, e.suite, e.basis, e.dataset_name, e.dataset_version, e.dataset_digest, e.cases, e.tool_name, e.tool_version,
  e.policy_id, p.name AS policy_name, p.version AS policy_version, p.digest AS policy_digest,
  p.recorded_at AS policy_at, p.document AS policy_document, e.verdict, e.reasons, e.results, e.started_at,
  e.recorded_at, e.actor_kind, e.actor_id, e.ledger_index`;

const SOURCE = sql`evaluation e
  JOIN system s ON s.org_id = e.org_id AND s.id = e.system_id
  JOIN release r ON r.org_id = e.org_id AND r.id = e.release_id
  LEFT JOIN evaluation_policy p ON p.org_id = e.org_id AND p.id = e.policy_id`;

/** Newest first; ids carry the time. */
export async function listEvaluations(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: EvaluationQuery,
  now: Micros,
  systemIds?: readonly Uuid[],
): Promise<Page<EvaluationSummary>> {
  const is = (column: string, value: string | undefined) =>
    value === undefined ? sql`true` : sql`${sql.ref(`e.${column}`)} = ${value}`;
  const read = ({ before, limit }: IdsBelow) =>
    sql<EvaluationRow>`
    SELECT ${SUMMARY} FROM ${SOURCE}
    WHERE e.org_id = ${orgId} AND ${within(systemIds)} AND ${is("system_id", query.systemId)} AND ${is("release_id", query.releaseId)}
      AND ${is("kind", query.kind)} AND ${is("basis", query.basis)} AND ${is("verdict", query.verdict)}
      AND ${is("suite", query.suite)} AND ${before === undefined ? sql`true` : sql`e.id < ${before}`}
    ORDER BY e.id DESC LIMIT ${limit}`.execute(db);
  return pageById(
    query,
    ORDER,
    async (part) => (await read(part)).rows,
    async (rows) => {
      const actionOf = await actions(db, orgId, rows, now);
      return rows.map((row) => summaryOf(row, actionOf(row.id)));
    },
  );
}

/** @throws HttpProblem `not_found` */
/** Of evaluation `e`: whether it is of an AI system that may be seen. */
function within(systemIds: readonly Uuid[] | undefined) {
  return systemIds === undefined ? sql`true` : sql`e.system_id = ANY(${systemIds}::uuid[])`;
}

export async function readEvaluation(
  db: Kysely<Tables>,
  orgId: Uuid,
  id: Uuid,
  now: Micros,
  systemIds?: readonly Uuid[],
): Promise<Evaluation> {
  const { rows } = await sql<EvaluationRow>`
    SELECT ${SUMMARY}, e.report FROM ${SOURCE} WHERE e.org_id = ${orgId} AND e.id = ${id} AND ${within(systemIds)}`.execute(
    db,
  );
  const [row] = rows;
  if (!row) throw notFound("This evaluation");
  const names = await nameActors(db, orgId, rows);
  const actionOf = await actions(db, orgId, rows, now);
  return {
    ...summaryOf(row, actionOf(id)),
    actor: { kind: row.actor_kind, id: row.actor_id, name: names.get(row.actor_id) ?? null },
    runId: row.run_id,
    reasons: row.reasons,
    thresholds: row.policy_document === null ? [] : thresholdsOf(readPolicy(row.policy_document)),
    report: row.report,
    results: row.results,
  };
}

type Action = EvaluationSummary["action"];

/** What the failed ones ask for, as the tests see it. */
async function actions(
  db: Kysely<Tables>,
  orgId: Uuid,
  rows: readonly EvaluationRow[],
  now: Micros,
): Promise<(id: Uuid) => Action> {
  if (!rows.some(({ verdict }) => verdict === "fail")) return () => null;
  const facts = new FactsIndex(await loadEvaluationFacts(db, orgId, { recordedAt: now, effectiveAt: now }));
  const known = new Map((facts.facts.evaluations ?? []).map((fact) => [fact.id, fact]));
  return (id) => {
    const fact = known.get(id);
    const action = fact && evaluationAction(fact, facts, now);
    if (action === undefined) return null;
    const { state, sentence, by } = action;
    return { state, sentence, due: formatInstant(action.due), by: by === null ? null : { kind: by.kind, id: by.id } };
  };
}

function summaryOf(row: EvaluationRow, action: Action): EvaluationSummary {
  const policy =
    row.policy_id === null
      ? null
      : {
          id: row.policy_id,
          name: row.policy_name,
          version: row.policy_version,
          digest: row.policy_digest,
          committedAt: formatInstant(row.policy_at),
        };
  return {
    id: row.id,
    systemId: row.system_id,
    systemName: row.system_name,
    releaseId: row.release_id,
    releaseVersion: row.release_version,
    releaseDigest: row.release_digest,
    kind: row.kind,
    suite: row.suite,
    basis: row.basis,
    dataset: { name: row.dataset_name, version: row.dataset_version, digest: row.dataset_digest },
    cases: row.cases,
    tool: { name: row.tool_name, version: row.tool_version },
    policy,
    verdict: row.verdict,
    thresholdsFirst: policy === null || row.started_at === null ? null : row.policy_at <= row.started_at,
    startedAt: row.started_at === null ? null : formatInstant(row.started_at),
    recordedAt: formatInstant(row.recorded_at),
    action,
    ledgerIndex: row.ledger_index,
  };
}

type NamedPolicy = PolicyRow & { readonly system_name: string };

export async function listPolicies(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: PageQuery & { readonly systemId?: string | undefined; readonly name?: string | undefined },
): Promise<Page<EvaluationPolicyView>> {
  const read = ({ before, limit }: IdsBelow) =>
    sql<NamedPolicy>`
    SELECT p.*, s.name AS system_name FROM evaluation_policy p
    JOIN system s ON s.org_id = p.org_id AND s.id = p.system_id
    WHERE p.org_id = ${orgId} AND ${query.systemId === undefined ? sql`true` : sql`p.system_id = ${query.systemId}`}
      AND ${query.name === undefined ? sql`true` : sql`p.name = ${query.name}`}
      AND ${before === undefined ? sql`true` : sql`p.id < ${before}`}
    ORDER BY p.id DESC LIMIT ${limit}`.execute(db);
  return pageById(
    query,
    ORDER,
    async (part) => (await read(part)).rows,
    async (rows) => {
      const names = await nameActors(db, orgId, rows);
      return rows.map((row) => policyView(row, names));
    },
  );
}

/** @throws HttpProblem `not_found` */
export async function readPolicyView(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<EvaluationPolicyView> {
  const { rows } = await sql<NamedPolicy>`
    SELECT p.*, s.name AS system_name FROM evaluation_policy p
    JOIN system s ON s.org_id = p.org_id AND s.id = p.system_id
    WHERE p.org_id = ${orgId} AND p.id = ${id}`.execute(db);
  const [row] = rows;
  if (!row) throw notFound("This evaluation policy");
  return policyView(row, await nameActors(db, orgId, rows));
}

function policyView(row: NamedPolicy, names: ReadonlyMap<string, string>): EvaluationPolicyView {
  const parsed = readPolicy(row.document);
  return {
    id: row.id,
    systemId: row.system_id,
    systemName: row.system_name,
    kind: parsed.kind,
    name: row.name,
    version: row.version,
    digest: row.digest,
    thresholds: thresholdsOf(parsed),
    requiredFor: requiredFor(parsed),
    continuous: parsed.policy.continuous !== undefined,
    policy: row.document,
    source: { repository: row.repository, path: row.path, revision: row.revision },
    committedAt: formatInstant(row.recorded_at),
    actor: {
      kind: row.actor_kind as EvaluationPolicyView["actor"]["kind"],
      id: row.actor_id,
      name: names.get(row.actor_id) ?? null,
    },
    ledgerIndex: row.ledger_index,
  };
}
