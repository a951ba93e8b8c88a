/**
 * Whether the model that answered is the one that the release declares, and the one that answered under it before. A
 * vendor who changes a model behind its name is found here.
 */
import type { Uuid } from "@steward/kernel";
import { sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { Appended } from "../../platform/ledger/append.ts";
import { distinct } from "./decisions.lookup.ts";
import type { ModelKnowledge, Resolved } from "./decisions.record.ts";

interface DeclaredModel {
  readonly release_id: Uuid;
  readonly name: string;
  readonly version: string | null;
}

interface AnsweringModel {
  readonly system_id: Uuid;
  readonly release_key: string;
  readonly request_model: string;
  readonly response_model: string;
}

/** What is compared is known only of registered systems, and where the sender says which model answered. */
interface Answered {
  readonly systemId: Uuid;
  readonly releaseId: Uuid | null;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly provider: string | null;
}

function answeredOf({ record, system, release }: Resolved): Answered | undefined {
  const { ai } = record.input;
  if (!ai?.responseModel || !system) return undefined;
  return {
    systemId: system.id,
    releaseId: release?.id ?? null,
    requestModel: ai.requestModel ?? "",
    responseModel: ai.responseModel,
    provider: ai.provider ?? null,
  };
}

function lineOf(row: Omit<AnsweringModel, "response_model">): string {
  return JSON.stringify([row.system_id, row.release_key, row.request_model]);
}

function rowOf({ systemId, releaseId, requestModel, responseModel }: Answered): AnsweringModel {
  return {
    system_id: systemId,
    release_key: releaseId ?? "",
    request_model: requestModel,
    response_model: responseModel,
  };
}

/** Two queries for a whole group, and none for decisions that name no model. */
export async function readModels(
  tx: Transaction<Tables>,
  orgId: Uuid,
  resolved: readonly Resolved[],
): Promise<ModelKnowledge> {
  const answered = resolved.flatMap((one) => answeredOf(one) ?? []);
  if (answered.length === 0) return { changed: () => false };
  const declared = await readDeclared(tx, orgId, distinct(answered.flatMap(({ releaseId }) => releaseId ?? [])));
  const first = await readFirst(tx, orgId, distinct(answered.map(({ systemId }) => systemId)));
  // Of a group that begins a line, the first record is what the others are held against.
  for (const one of answered.map(rowOf)) {
    if (!first.has(lineOf(one))) first.set(lineOf(one), one.response_model);
  }
  return {
    changed(one) {
      const answer = answeredOf(one);
      if (!answer) return false;
      const models = declared.get(answer.releaseId ?? "") ?? [];
      if (models.length > 0 && !models.some((model) => isDeclared(model, answer.responseModel))) return true;
      return first.get(lineOf(rowOf(answer))) !== answer.responseModel;
    },
  };
}

async function readDeclared(tx: Transaction<Tables>, orgId: Uuid, releaseIds: readonly Uuid[]) {
  const { rows } = await sql<DeclaredModel>`
    SELECT r.id AS release_id, c.name, c.version
    FROM release__component_ids r JOIN component c ON c.org_id = r.org_id AND c.id = r.target_id
    WHERE r.org_id = ${orgId} AND r.id = ANY(${releaseIds}::uuid[])
      AND c.component_kind = 'model' AND NOT c.withdrawn`.execute(tx);
  return Map.groupBy(rows, (row) => row.release_id as string);
}

async function readFirst(tx: Transaction<Tables>, orgId: Uuid, systemIds: readonly Uuid[]) {
  const { rows } = await sql<AnsweringModel>`
    SELECT DISTINCT ON (system_id, release_key, request_model) system_id, release_key, request_model, response_model
    FROM answering_model WHERE org_id = ${orgId} AND system_id = ANY(${systemIds}::uuid[])
    ORDER BY system_id, release_key, request_model, first_index`.execute(tx);
  return new Map(rows.map((row) => [lineOf(row), row.response_model]));
}

/** A vendor's name for a dated snapshot: -2024-08-06, -20240620, @20240620, -0613, -001, -latest. */
const SNAPSHOT = /^[-@:](\d{4}-\d{2}-\d{2}|\d{3,8}|latest)$/;

/**
 * Whether a declared model is the one that answered: by name, by name and version, or, where no version is declared,
 * as a dated snapshot of the name. Providers of gateways put their own name and a slash before it.
 */
export function isDeclared({ name, version }: Omit<DeclaredModel, "release_id">, answered: string): boolean {
  const [wanted, tag, given] = [plain(name), version === null ? null : plain(version), plain(answered)];
  if (tag === null) return given === wanted || (given.startsWith(wanted) && SNAPSHOT.test(given.slice(wanted.length)));
  return given === tag || ["-", "@", ":"].some((between) => given === `${wanted}${between}${tag}`);
}

function plain(model: string): string {
  return model.toLowerCase().trim().replace(/^.*\//, "");
}

interface Written {
  readonly resolved: Resolved;
}

/** Keeps which models answered; the head of the log is held, so that nobody else writes at the same time. */
export async function insertModels(
  tx: Transaction<Tables>,
  orgId: Uuid,
  written: readonly Written[],
  appended: readonly Appended[],
): Promise<void> {
  const models = new Map<string, { answered: Answered; index: number }>();
  for (const [i, { resolved }] of written.entries()) {
    const answered = answeredOf(resolved);
    if (!answered) continue;
    const key = JSON.stringify(rowOf(answered));
    if (!models.has(key)) models.set(key, { answered, index: (appended[i] as Appended).index });
  }
  if (models.size === 0) return;
  const rows = [...models.values()];
  const keys = rows.map(({ answered }) => rowOf(answered));
  await sql`
    INSERT INTO answering_model (org_id, system_id, release_key, request_model, response_model, provider, first_at,
      first_index)
    SELECT ${orgId}::uuid, system_id, release_key, request_model, response_model, provider,
      ${moment((appended[0] as Appended).at)}::timestamptz, first_index
    FROM unnest(${keys.map((key) => key.system_id)}::uuid[], ${keys.map((key) => key.release_key)}::text[],
      ${keys.map((key) => key.request_model)}::text[], ${keys.map((key) => key.response_model)}::text[],
      ${rows.map(({ answered }) => answered.provider)}::text[], ${rows.map(({ index }) => index)}::bigint[]
    ) AS t (system_id, release_key, request_model, response_model, provider, first_index)
    ON CONFLICT DO NOTHING`.execute(tx);
}
