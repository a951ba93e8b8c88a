/** Binds the endpoints that every register has. */
import { recordEndpoints, registerDescriptions } from "@steward/contract";
import { describeRegister, type Register, registers } from "@steward/registers";
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Router } from "../../platform/http/bind.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, notFound } from "../../platform/http/problem.ts";
import { exportRecords } from "./records.export.ts";
import { importRecords } from "./records.import.ts";
import { listRecords, type ListQuery, readHistory, readRecord } from "./records.read.ts";
import {
  changeRecord,
  createRecord,
  decideRecord,
  type RecordDeps,
  withdrawRecord,
  writerOf,
} from "./records.service.ts";
import type { Values } from "./records.store.ts";

export function recordRoutes(router: Router, deps: RecordDeps): void {
  const descriptions = registers.map((register) => ({ ...describeRegister(register) }));
  router.bind(registerDescriptions, async () => ({ registers: descriptions }));
  for (const register of registers) {
    bindReads(router, deps, register);
    bindWrites(router, deps, register);
  }
}

function bindReads(router: Router, deps: RecordDeps, register: Register): void {
  const endpoints = recordEndpoints[register.kind];
  if (!endpoints) return;
  if (endpoints.export) {
    router.bind(endpoints.export, async ({ caller, query, reply }) => {
      const text = await exportRecords(deps.db, caller, register, query);
      const type = query.format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json";
      void reply.type(type);
      void reply.header("content-disposition", `attachment; filename="${register.path}.${query.format}"`);
      return text;
    });
  }
  if (endpoints.list) {
    router.bind(endpoints.list, async ({ caller, query }) =>
      listRecords(deps.db, caller, register, query as unknown as ListQuery),
    );
  }
  if (endpoints.get) {
    router.bind(endpoints.get, async ({ caller, params, query, reply }) =>
      answerRecord(deps, caller, register, params.id, reply, query),
    );
  }
  if (endpoints.history) {
    router.bind(endpoints.history, async ({ caller, params, query }) => {
      const page = await readHistory(deps.db, caller, register, params.id, query);
      if (page.items.length === 0 && query.cursor === undefined) throw missing(register);
      return page;
    });
  }
}

function bindWrites(router: Router, deps: RecordDeps, register: Register): void {
  const endpoints = recordEndpoints[register.kind];
  if (endpoints?.create) {
    router.bind(endpoints.create, async ({ caller, body, reply }) => {
      const { id } = await createRecord(deps, writerOf(caller), register, { ...body, values: body.values as Values });
      return answerRecord(deps, caller, register, id, reply);
    });
  }
  if (endpoints?.change) {
    router.bind(endpoints.change, async ({ caller, params, body, request, reply }) => {
      await changeRecord(deps, writerOf(caller), register, {
        id: params.id,
        expectedVersion: readIfMatch(request),
        changeReason: body.changeReason,
        effectiveAt: body.effectiveAt,
        values: body.values as Values,
      });
      return answerRecord(deps, caller, register, params.id, reply);
    });
  }
  if (endpoints?.withdraw) {
    router.bind(endpoints.withdraw, async ({ caller, params, body, request, reply }) => {
      const expectedVersion = readIfMatch(request);
      await withdrawRecord(deps, writerOf(caller), register, { id: params.id, expectedVersion, ...body });
      return answerRecord(deps, caller, register, params.id, reply);
    });
  }
  if (endpoints?.decide) {
    router.bind(endpoints.decide, async ({ caller, params, body, request, reply }) => {
      const expectedVersion = readIfMatch(request);
      await decideRecord(deps, caller, register, { id: params.id, expectedVersion, ...body });
      return answerRecord(deps, caller, register, params.id, reply);
    });
  }
  if (endpoints?.import) {
    router.bind(endpoints.import, async ({ caller, body }) => importRecords(deps, writerOf(caller), register, body));
  }
}

async function answerRecord(
  deps: RecordDeps,
  caller: Caller,
  register: Register,
  id: string,
  reply: FastifyReply,
  at: { asOf?: string | undefined; effectiveAt?: string | undefined } = {},
) {
  const record = await readRecord(deps.db, caller, register, id, at);
  if (!record) throw missing(register);
  void reply.header("etag", etagOf(record.version));
  return record;
}

function missing(register: Register): HttpProblem {
  return notFound(`This ${register.singular.toLowerCase()}`);
}

/** The version of a record as its entity tag (RFC 9110). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** The version that the caller means to change. @throws HttpProblem `precondition_required`, `malformed`. */
export function readIfMatch(request: FastifyRequest): number {
  const header = request.headers["if-match"];
  if (header === undefined) {
    throw new HttpProblem("precondition_required", "Send If-Match with the ETag of the version that you read.");
  }
  const match = /^(?:W\/)?"(\d{1,9})"$/.exec(header.trim());
  if (!match) {
    const message = 'If-Match is the ETag of a version, for example "3".';
    throw new HttpProblem("malformed", message, { errors: [{ pointer: "If-Match", message, in: "header" }] });
  }
  return Number(match[1]);
}
