/** Keyset pages: the cursor names the order, the key and the id where the last page ended. */
import { isUuid } from "@steward/kernel";

import { HttpProblem } from "./problem.ts";

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number | null;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Cursor {
  readonly key: string | null;
  readonly id: string;
}

/** @throws HttpProblem `invalid` for a cursor that this list in this order did not make. */
export function readCursor(text: string | undefined, order: string): Cursor | undefined {
  if (text === undefined) return undefined;
  const message = "This cursor does not belong to this list in this order; start again without it.";
  const problem = new HttpProblem("invalid", message, { errors: [{ pointer: "/cursor", message, in: "query" }] });
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    throw problem;
  }
  if (!Array.isArray(parts) || parts.length !== 3) throw problem;
  const [madeFor, key, id] = parts as unknown[];
  if (madeFor !== order || !(key === null || typeof key === "string") || !isUuid(id)) throw problem;
  if (typeof key === "string" && (key.includes("\u0000") || !key.isWellFormed())) throw problem;
  return { key, id };
}

/** Cuts rows, read with one more than the limit, to a page. */
export function cutPage<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (row: T) => readonly [order: string, key: string | null, id: string],
): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? Buffer.from(JSON.stringify(cursorOf(last))).toString("base64url") : null };
}

/** Rows with ids below `before`, where it is given, in falling order, and no more than `limit` of them. */
export interface IdsBelow {
  readonly before: string | undefined;
  readonly limit: number;
}

/** A page of rows whose ids carry their time, newest first. */
export async function pageById<Row extends { readonly id: string }, Item>(
  query: PageQuery,
  order: string,
  read: (part: IdsBelow) => Promise<readonly Row[]>,
  view: (rows: Row[]) => Item[] | Promise<Item[]>,
): Promise<Page<Item>> {
  const before = readCursor(query.cursor, order)?.id;
  const rows = await read({ before, limit: query.limit + 1 });
  const { items, nextCursor } = cutPage(rows, query.limit, ({ id }) => [order, null, id]);
  return { items: await view(items), nextCursor, total: null };
}

/** A query that has ids, as Kysely builds it. */
interface SelectById<Row> {
  where(column: "id", operator: "<", value: string): SelectById<Row>;
  orderBy(column: "id", direction: "desc"): SelectById<Row>;
  limit(limit: number): SelectById<Row>;
  execute(): Promise<Row[]>;
}

/** Reads the rows of a query for `pageById`. */
export function newestOf<Row>(select: SelectById<Row>): (part: IdsBelow) => Promise<Row[]> {
  return async ({ before, limit }) =>
    (before === undefined ? select : select.where("id", "<", before)).orderBy("id", "desc").limit(limit).execute();
}
