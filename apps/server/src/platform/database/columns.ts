/** Types of columns as Kysely reads and writes them. */
import type { Micros } from "@steward/kernel";
import type { ColumnType } from "kysely";

/** Read as Micros, written as RFC 3339 text (see `moment`). */
export type Moment = ColumnType<Micros, string, string>;
export type MaybeMoment = ColumnType<Micros | null, string | null, string | null>;
/** jsonb is written as text, so that arrays are not mistaken for PostgreSQL arrays. */
export type Jsonb<T> = ColumnType<T, string, string>;
export type Bytes = ColumnType<Buffer, Uint8Array, Uint8Array>;
