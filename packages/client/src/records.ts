/** Calls on one register, by its path. */
import type { HistoryItem, importResultSchema, RecordView } from "@steward/contract";

import { REGISTER_ROUTES } from "./generated/routes.ts";
import { ApiProblem } from "./problem.ts";
import type { RequestInput, Send } from "./request.ts";
import type { CallOptions } from "./types.ts";

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number | null;
}

export interface RecordListQuery {
  limit?: number;
  cursor?: string;
  asOf?: string;
  q?: string;
  /** `name`, or `-name` for the other way round. */
  sort?: string;
  withdrawn?: "exclude" | "include" | "only";
  /** A field's value; "" finds the records where it is empty. */
  where?: Readonly<Record<string, string>>;
}

/** A record together with the tag of the version that was read: give it back when changing the record. */
export interface TaggedRecord {
  record: RecordView;
  etag: string;
}

export interface ChangeNote {
  changeReason?: string;
  effectiveAt?: string;
}

export type Values = Record<string, unknown>;
export type ImportResult = (typeof importResultSchema)["_zod"]["output"];

export interface RecordCalls {
  list(query?: RecordListQuery, options?: CallOptions): Promise<Page<RecordView>>;
  get(id: string, query?: { asOf?: string; effectiveAt?: string }, options?: CallOptions): Promise<TaggedRecord>;
  create(body: { id?: string; values: Values } & ChangeNote): Promise<TaggedRecord>;
  /** Refused with status 412 where somebody else changed the record since `etag` was read. */
  change(id: string, etag: string, body: { values: Values } & ChangeNote): Promise<TaggedRecord>;
  withdraw(id: string, etag: string, body: { changeReason: string }): Promise<TaggedRecord>;
  /** Approves or rejects what another person asked for; only for registers of such requests. */
  decide(id: string, etag: string, body: { decision: string; changeReason: string }): Promise<TaggedRecord>;
  history(id: string, query?: { limit?: number; cursor?: string }, options?: CallOptions): Promise<Page<HistoryItem>>;
  import(body: {
    format: "csv" | "json";
    content: string;
    dryRun?: boolean;
    changeReason?: string;
  }): Promise<ImportResult>;
  export(query?: { format?: "csv" | "json"; asOf?: string }): Promise<string>;
}

/** The status of a change that came too late: another version has replaced the one that was read. */
export const PRECONDITION_FAILED = 412;

export function isEditConflict(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === PRECONDITION_FAILED;
}

export function recordCalls(send: Send, path: string): RecordCalls {
  async function call(operation: keyof typeof REGISTER_ROUTES, input: RequestInput) {
    const [method, suffix] = REGISTER_ROUTES[operation];
    return send(method, `/${path}${suffix}`, input);
  }
  async function value<T>(operation: keyof typeof REGISTER_ROUTES, input: RequestInput): Promise<T> {
    return (await call(operation, input)).value as T;
  }
  async function tagged(operation: keyof typeof REGISTER_ROUTES, input: RequestInput): Promise<TaggedRecord> {
    const answer = await call(operation, input);
    if (answer.etag === null) {
      throw new ApiProblem("unreadable", { type: "about:blank", title: "The answer carries no ETag", status: 200 });
    }
    return { record: answer.value as RecordView, etag: answer.etag };
  }
  return {
    list: ({ where = {}, ...query } = {}, options = {}) => {
      const filters = Object.fromEntries(Object.entries(where).map(([field, text]) => [`where.${field}`, text]));
      return value("list", { query: { ...query, ...filters }, ...options });
    },
    get: (id, query = {}, options = {}) => tagged("get", { params: { id }, query, ...options }),
    create: (body) => tagged("create", { body }),
    change: (id, etag, body) => tagged("change", { params: { id }, body, ifMatch: etag }),
    withdraw: (id, etag, body) => tagged("withdraw", { params: { id }, body, ifMatch: etag }),
    decide: (id, etag, body) => tagged("decide", { params: { id }, body, ifMatch: etag }),
    history: (id, query = {}, options = {}) => value("history", { params: { id }, query, ...options }),
    import: (body) => value("import", { body }),
    export: (query = {}) => value("export", { query }),
  };
}
