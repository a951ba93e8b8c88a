/** One definition of an endpoint feeds the server, OpenAPI, the client and the permission tests. */
import { z } from "zod";

import type { Permission } from "./permissions.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Who may call: anybody, anybody who is signed in, or whoever holds the permission in the organisation. */
export type Access = "public" | "signed_in" | Permission;

/**
 * How an endpoint holds a caller whose access is for some AI systems only against what it touches. Without a word such
 * callers are refused.
 * - `path`: the id in its path is an AI system's
 * - `checked`: the handler refuses other systems, and leaves them out of what it lists
 * - `free`: nothing in it belongs to one system
 */
export type SystemScope = "path" | "checked" | "free";

export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  readonly operationId: string;
  readonly method: Method;
  /** Fastify's form below /api/v1: `/systems/:id`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  readonly systems?: SystemScope;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly response: Response;
  /** Status of success; 200 unless said otherwise. */
  readonly status?: 200 | 201 | 202 | 204;
  /** Media type of a success that is not JSON. */
  readonly produces?: string;
  /**
   * Newline-delimited JSON is taken beside JSON as a list whose items are judged one by one; or, instead of a body, read
   * and answered while it arrives.
   */
  readonly lines?: "list" | "stream";
  /** The body is a file of any type, read while it arrives. */
  readonly consumes?: "file";
  /** It reads the whole log: the answer may take minutes. */
  readonly slow?: true;
  /** Largest accepted body; DEFAULT_BODY_MAX_BYTES unless said otherwise. */
  readonly bodyMaxBytes?: number;
  /** The answer carries an ETag, or the request must carry If-Match. */
  readonly etag?: "answers" | "required";
}

/** A JSON body holds one record with all its fields at full length. */
export const DEFAULT_BODY_MAX_BYTES = 256 * 1024;
/** An import file: some 10,000 rows of a register. */
export const IMPORT_BODY_MAX_BYTES = 16 * 1024 * 1024;
/** A batch of decisions: 1,000 records with explanation. */
export const DECISIONS_BODY_MAX_BYTES = 8 * 1024 * 1024;

export function endpoint<
  P extends z.ZodType = z.ZodNever,
  Q extends z.ZodType = z.ZodNever,
  B extends z.ZodType = z.ZodNever,
  R extends z.ZodType = z.ZodType,
>(definition: Endpoint<P, Q, B, R>): Endpoint<P, Q, B, R> {
  return definition;
}
