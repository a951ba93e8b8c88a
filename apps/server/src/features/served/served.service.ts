/** How many requests a system served, counted apart from logging: what the decision log is compared with. */
import type { Catalogue } from "@steward/catalogue";
import type { servedInputSchema } from "@steward/contract";
import { type Clock, formatInstant, type Micros, MICROS_PER_HOUR, parseInstant, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";
import type { z } from "zod";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { type Caller, expectCovered } from "../../platform/http/caller.ts";
import { type FieldError, HttpProblem } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { distinct, findSystems, readClockSkew } from "../decisions/decisions.lookup.ts";

export type ServedInput = z.output<typeof servedInputSchema>;

export interface ServedDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}

interface Report {
  readonly systemId: Uuid;
  readonly source: string;
  readonly hour: Micros;
  readonly served: number;
}

/**
 * Keeps reports, all or none; answers each one's ledger index. A report that says what is known already changes nothing.
 * @throws HttpProblem `invalid` naming the field, `forbidden` for a key of another system.
 */
export async function reportServed(deps: ServedDeps, caller: Caller, input: ServedInput | readonly ServedInput[]) {
  const isList = Array.isArray(input);
  const inputs = (isList ? input : [input]) as readonly ServedInput[];
  const pointerOf = (i: number, field: string) => (isList ? `/${i}/${field}` : `/${field}`);
  const ledgerIndexes = await withTransaction(deps.db, async (tx) => {
    const reports = await readReports(deps, tx, caller, inputs, pointerOf);
    return writeReports(deps, tx, caller, reports);
  });
  return { accepted: inputs.length, ledgerIndexes };
}

async function readReports(
  deps: ServedDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  inputs: readonly ServedInput[],
  pointerOf: (i: number, field: string) => string,
): Promise<Report[]> {
  const systemOf = await findSystems(tx, caller.orgId, distinct(inputs.map(({ system }) => system)));
  const latest = deps.clock.now() + (await readClockSkew(tx, caller.orgId, deps.catalogue));
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const reports = inputs.flatMap(({ system, source, hour, served }, i) => {
    const fault = (field: string, message: string) =>
      errors.push({ pointer: pointerOf(i, field), message, in: "body" });
    const found = systemOf(system);
    const start = parseInstant(hour) as Micros;
    if (!found) fault("system", "No registered AI system has this id or name.");
    else expectCovered(caller, "decisions.write", found.id);
    if (start % MICROS_PER_HOUR !== 0n) fault("hour", "Give the start of an hour, for example 2026-03-31T09:00:00Z.");
    if (start > latest) fault("hour", "This hour has not begun yet.");
    const key = `${found?.id} ${start} ${source}`;
    if (seen.has(key)) fault("hour", "This hour is reported twice; send one count for each source and hour.");
    seen.add(key);
    return found ? [{ systemId: found.id, source, hour: start, served }] : [];
  });
  if (errors.length > 0) throw new HttpProblem("invalid", errors[0]?.message ?? "", { errors });
  return reports;
}

async function writeReports(
  deps: ServedDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  reports: readonly Report[],
): Promise<number[]> {
  const known = await readNewest(tx, caller.orgId, reports);
  const news = reports.filter((report) => known(report)?.served !== report.served);
  const appended = await appendEvidence(
    tx,
    deps.clock,
    caller.orgId,
    news.map(({ systemId, source, hour, served }) => ({
      kind: "served.reported",
      actor: caller.actor,
      subject: { kind: "served_report" },
      body: { systemId, source, hour: formatInstant(hour), served },
    })),
  );
  const indexOf = new Map(news.map((report, i) => [report, appended[i]?.index]));
  if (news.length > 0) {
    await tx
      .insertInto("served_report")
      .values(
        news.map((report, i) => ({
          org_id: caller.orgId,
          system_id: report.systemId,
          source: report.source,
          hour: moment(report.hour),
          recorded_at: moment(appended[i]?.at as Micros),
          id: appended[i]?.subjectId as Uuid,
          served: report.served,
          ledger_index: appended[i]?.index as number,
        })),
      )
      .execute();
  }
  return reports.map((report) => (indexOf.get(report) ?? known(report)?.ledger_index) as number);
}

/** The report that holds for the source and hour of another one. */
async function readNewest(tx: Transaction<Tables>, orgId: Uuid, reports: readonly Report[]) {
  const { rows } = await sql<{
    system_id: Uuid;
    source: string;
    hour: Micros;
    served: number;
    ledger_index: number;
  }>`
    SELECT DISTINCT ON (system_id, hour, source) system_id, hour, source, served, ledger_index
    FROM served_report JOIN unnest(${reports.map(({ systemId }) => systemId)}::uuid[],
      ${reports.map(({ hour }) => hour)}::timestamptz[], ${reports.map(({ source }) => source)}::text[]
    ) AS asked (system_id, hour, source) USING (system_id, hour, source)
    WHERE org_id = ${orgId} ORDER BY system_id, hour, source, id DESC`.execute(tx);
  const keyOf = (systemId: Uuid, hour: Micros, source: string) => `${systemId} ${hour} ${source}`;
  const byKey = new Map(rows.map((row) => [keyOf(row.system_id, row.hour, row.source), row]));
  return ({ systemId, hour, source }: Report) => byKey.get(keyOf(systemId, hour, source));
}
