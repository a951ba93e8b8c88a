/** Vulnerability data by import: the document is evidence by its digest, its statements are what the test reads. */
import type { bomEndpoints } from "@steward/contract";
import { type Clock, formatInstant } from "@steward/kernel";
import type { Kysely } from "kysely";
import type { z } from "zod";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { invalidField } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { documentDigest } from "./scans.service.ts";
import { parseFeed, type Statement } from "./vulnerabilities.parse.ts";

export interface FeedDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

type FeedInput = z.output<typeof bomEndpoints.importVulnerabilities.body & z.ZodType>;

/** Statements of one import: a scan of the largest lock file measured gives a hundredth. */
const STATEMENTS_MAX = 50_000;
/** Rows of one INSERT, below PostgreSQL's limit of parameters. */
const ROWS_PER_INSERT = 2000;

/** @throws HttpProblem `invalid` where the document is of no known form or says too much. */
export async function importVulnerabilities({ db, clock }: FeedDeps, caller: Caller, input: FeedInput) {
  const parsed = parseFeed(input.document);
  if (parsed === undefined) {
    throw invalidField("document", "Send a CycloneDX document, OSV records, or the JSON output of osv-scanner.");
  }
  const statements = distinct(parsed.statements);
  if (statements.length > STATEMENTS_MAX) {
    throw invalidField("document", `It makes more than ${STATEMENTS_MAX} statements; import it in parts.`);
  }
  const digest = documentDigest(input.document);
  return withTransaction(db, async (tx) => {
    const [appended] = await appendEvidence(tx, clock, caller.orgId, [
      {
        kind: "vulnerabilities.imported",
        actor: caller.actor,
        subject: { kind: "vulnerability_feed" },
        digests: { document: digest.slice("sha256:".length) },
        body: {
          source: input.source,
          format: parsed.format,
          statements: statements.length,
          digest,
          statementsDigest: statementsDigest(statements),
        },
      },
    ]);
    const { subjectId: id, at, index } = appended as Appended;
    await tx
      .insertInto("vulnerability_feed")
      .values({
        org_id: caller.orgId,
        id,
        format: parsed.format,
        source: input.source,
        statements: statements.length,
        digest,
        recorded_at: moment(at),
        actor_kind: caller.actor.kind,
        actor_id: caller.actor.id,
        ledger_index: index,
      })
      .execute();
    const rows = statements.map((statement, n) => ({
      org_id: caller.orgId,
      feed_id: id,
      n,
      vulnerability_id: statement.id,
      component: statement.component,
      version: statement.version,
      severity: statement.severity,
      state: statement.state,
      recorded_at: moment(at),
      ledger_index: index,
    }));
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
      await tx
        .insertInto("vulnerability")
        .values(rows.slice(from, from + ROWS_PER_INSERT))
        .execute();
    }
    return {
      id,
      format: parsed.format,
      statements: statements.length,
      digest,
      recordedAt: formatInstant(at),
      ledgerIndex: index,
    };
  });
}

/** Digest of what a feed says, which is kept; the document that said it is not. */
export function statementsDigest(statements: readonly Statement[]): string {
  return documentDigest(
    statements.map(({ id, component, version, severity, state }) => ({ id, component, version, severity, state })),
  );
}

/** Two ways to the same package say the same thing once. */
function distinct(statements: readonly Statement[]): Statement[] {
  const byKey = new Map(statements.map((one) => [JSON.stringify([one.id, one.component, one.version]), one]));
  return [...byKey.values()];
}
