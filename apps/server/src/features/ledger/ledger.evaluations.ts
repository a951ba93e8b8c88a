/** How evaluations and their policies are compared with the entries that they were recorded by. */
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { sql } from "kysely";

import { documentDigest } from "../evaluations/evaluations.policy.ts";
import { differing } from "./ledger.findings.ts";
import { type RecordedRow, recordedPairs } from "./ledger.recorded.ts";
import type { Stream } from "./ledger.streams.ts";

interface PolicyRow extends RecordedRow {
  readonly system_id: Uuid;
  readonly kind: string;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly document: unknown;
  readonly repository: string | null;
  readonly path: string | null;
  readonly revision: string | null;
}

export const policyStream: Stream<PolicyRow> = {
  kind: "evaluation_policy.committed",
  table: "evaluation_policy",
  what: "evaluation policy",
  select: (orgId, ids) => sql`SELECT * FROM evaluation_policy WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, read) =>
    differing({
      ...recordedPairs(row, read),
      system_id: [row.system_id, read.body["systemId"]],
      ...Object.fromEntries(
        (["kind", "name", "version", "digest", "document", "repository", "path", "revision"] as const).map((name) => [
          name,
          [row[name], read.body[name]] as const,
        ]),
      ),
    }),
};

interface EvaluationRow extends RecordedRow {
  readonly run_id: string | null;
  readonly system_id: Uuid;
  readonly release_id: Uuid;
  readonly release_digest: string;
  readonly kind: string;
  readonly suite: string;
  readonly basis: string;
  readonly dataset_name: string;
  readonly dataset_version: string | null;
  readonly dataset_digest: string | null;
  readonly cases: number | null;
  readonly tool_name: string;
  readonly tool_version: string | null;
  readonly policy_id: Uuid | null;
  readonly verdict: string;
  readonly reasons: unknown;
  readonly results: unknown;
  readonly report: unknown;
  readonly started_at: Micros | null;
}

export const evaluationStream: Stream<EvaluationRow> = {
  kind: "evaluation.recorded",
  table: "evaluation",
  what: "evaluation",
  select: (orgId, ids) => sql`SELECT * FROM evaluation WHERE org_id = ${orgId} AND id = ANY(${ids}::uuid[])`,
  differing: (row, read) => {
    const { body } = read;
    return differing({
      ...recordedPairs(row, read),
      run_id: [row.run_id, body["runId"]],
      system_id: [row.system_id, body["systemId"]],
      release_id: [row.release_id, body["releaseId"]],
      release_digest: [row.release_digest, body["releaseDigest"]],
      kind: [row.kind, body["kind"]],
      suite: [row.suite, body["suite"]],
      basis: [row.basis, body["basis"]],
      dataset: [{ name: row.dataset_name, version: row.dataset_version, digest: row.dataset_digest }, body["dataset"]],
      cases: [row.cases, body["cases"]],
      tool: [{ name: row.tool_name, version: row.tool_version }, body["tool"]],
      policy_id: [row.policy_id, body["policyId"]],
      verdict: [row.verdict, body["verdict"]],
      reasons: [row.reasons, body["reasons"]],
      results: [row.results, body["results"]],
      started_at: [row.started_at === null ? null : formatInstant(row.started_at), body["startedAt"]],
      // The report follows from the counts in the body; its digest is what was committed to.
      report: [row.report === null ? null : documentDigest(row.report), body["reportDigest"] ?? null],
    });
  },
};
