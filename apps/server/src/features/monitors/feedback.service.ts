/** What users say of AI systems, and reports of their misuse. */
import type { Feedback, FeedbackInput } from "@steward/contract";
import { type Clock, formatInstant, type Micros, parseInstant, type Uuid } from "@steward/kernel";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { FeedbackTable } from "../../platform/database/schema.monitoring.ts";
import { holdLock, withTransaction } from "../../platform/database/transaction.ts";
import { type Caller, expectCovered } from "../../platform/http/caller.ts";
import { newestOf, type Page, pageById, type PageQuery } from "../../platform/http/paging.ts";
import { type FieldError, HttpProblem } from "../../platform/http/problem.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import { distinct, findSystems } from "../decisions/decisions.lookup.ts";

export interface FeedbackDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

interface Said {
  readonly input: FeedbackInput;
  readonly systemId: Uuid;
}

/**
 * Keeps feedback, all or none; what is stored already under its id stays as it is.
 * @throws HttpProblem `invalid` naming the field, `forbidden` for a key of another system.
 */
export async function recordFeedback(deps: FeedbackDeps, caller: Caller, body: FeedbackInput | FeedbackInput[]) {
  const inputs = Array.isArray(body) ? body : [body];
  return withTransaction(deps.db, async (tx) => {
    const said = await resolve(deps, tx, caller, inputs, Array.isArray(body));
    // Two requests with the same ids take turns; released with the transaction.
    await holdLock(tx, `steward/feedback/${caller.orgId}`);
    const stored = await readStored(tx, caller.orgId, said);
    const fresh = new Map(said.filter((one) => !stored.has(keyOf(one))).map((one) => [keyOf(one), one]));
    const news = [...fresh.values()];
    const appended = await appendEvidence(
      tx,
      deps.clock,
      caller.orgId,
      news.map(({ input, systemId }) => ({
        kind: "feedback.recorded",
        actor: caller.actor,
        subject: { kind: "feedback" },
        body: {
          feedback: {
            id: input.id,
            systemId,
            kind: input.kind,
            occurredAt: input.occurredAt,
            decision: input.decision ?? null,
            channel: input.channel ?? null,
          },
          ...(input.text === undefined ? {} : { text: input.text }),
        },
      })),
    );
    if (news.length > 0) await insert(tx, caller.orgId, news, appended);
    for (const [i, one] of news.entries()) {
      const { subjectId, index } = appended[i] as Appended;
      stored.set(keyOf(one), { id: subjectId, ledger_index: index });
    }
    const items = said.map((one) => {
      const { id, ledger_index } = stored.get(keyOf(one)) as Stored;
      return { id: one.input.id, feedbackId: id, ledgerIndex: ledger_index };
    });
    return { accepted: news.length, duplicates: inputs.length - news.length, items };
  });
}

async function resolve(
  { clock }: FeedbackDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  inputs: readonly FeedbackInput[],
  isList: boolean,
): Promise<Said[]> {
  const systemOf = await findSystems(tx, caller.orgId, distinct(inputs.map(({ system }) => system)));
  const now = clock.now();
  const errors: FieldError[] = [];
  const said = inputs.flatMap((input, i): Said[] => {
    const fault = (field: string, message: string) =>
      errors.push({ pointer: isList ? `/${i}/${field}` : `/${field}`, message, in: "body" });
    const system = systemOf(input.system);
    if (!system) fault("system", "No registered AI system has this id or name.");
    else expectCovered(caller, "feedback.write", system.id);
    if ((parseInstant(input.occurredAt) as Micros) > now) fault("occurredAt", "It lies in the future.");
    return system ? [{ input, systemId: system.id }] : [];
  });
  if (errors.length > 0) throw new HttpProblem("invalid", errors[0]?.message ?? "", { errors });
  return said;
}

function keyOf({ input, systemId }: Said): string {
  return `${systemId} ${input.id}`;
}

interface Stored {
  readonly id: Uuid;
  readonly ledger_index: number;
}

async function readStored(tx: Transaction<Tables>, orgId: Uuid, said: readonly Said[]) {
  const { rows } = await sql<Stored & { system_id: Uuid; external_id: string }>`
    SELECT id, ledger_index, system_id, external_id FROM feedback
    WHERE org_id = ${orgId} AND system_id = ANY(${said.map(({ systemId }) => systemId)}::uuid[])
      AND external_id = ANY(${said.map(({ input }) => input.id)}::text[])`.execute(tx);
  return new Map<string, Stored>(rows.map((row) => [`${row.system_id} ${row.external_id}`, row]));
}

async function insert(tx: Transaction<Tables>, orgId: Uuid, news: readonly Said[], appended: readonly Appended[]) {
  await tx
    .insertInto("feedback")
    .values(
      news.map(({ input, systemId }, i) => ({
        org_id: orgId,
        id: appended[i]?.subjectId as Uuid,
        external_id: input.id,
        system_id: systemId,
        kind: input.kind,
        occurred_at: input.occurredAt,
        recorded_at: moment(appended[i]?.at as Micros),
        decision_external_id: input.decision ?? null,
        channel: input.channel ?? null,
        ledger_index: appended[i]?.index as number,
      })),
    )
    .execute();
}

const ORDER = "-recordedAt";

export async function listFeedback(
  db: Kysely<Tables>,
  orgId: Uuid,
  query: PageQuery & { systemId?: string | undefined },
): Promise<Page<Feedback>> {
  let select = db.selectFrom("feedback").selectAll().where("org_id", "=", orgId);
  if (query.systemId !== undefined) select = select.where("system_id", "=", query.systemId);
  return pageById(query, ORDER, newestOf(select), (rows) => rows.map(feedbackView));
}

function feedbackView(row: Selectable<FeedbackTable>): Feedback {
  return {
    id: row.id,
    externalId: row.external_id,
    systemId: row.system_id,
    kind: row.kind,
    occurredAt: formatInstant(row.occurred_at),
    recordedAt: formatInstant(row.recorded_at),
    decisionExternalId: row.decision_external_id,
    channel: row.channel,
    ledgerIndex: row.ledger_index,
  };
}
