/** What can go wrong with the database, as one class whose code callers switch on. */
import { StewardError } from "@steward/kernel";
import pg from "pg";

export type DatabaseErrorCode =
  /** No connection, or it was lost: nothing is known to be wrong with the request, so it may be sent again. */
  | "unavailable"
  /** The connection was lost while COMMIT was under way: the change may have been stored. Reconcile by idempotency key. */
  | "outcome_unknown"
  | "unique_violation"
  | "foreign_key_violation"
  | "check_violation"
  | "not_null_violation"
  | "exclusion_violation"
  /** A value that its column's type can't hold: malformed, too long, out of range, with a NUL character. */
  | "invalid_value"
  /** A concurrent transaction was in the way, more often than withTransaction retries. */
  | "conflict"
  /** The statement ran into its time limit, or waited too long for a lock. */
  | "timeout"
  /** Any other refusal of a statement: a mistake in the program. */
  | "query"
  /** Another Steward process uses the data directory. */
  | "locked"
  /** The account that runs Steward or PostgreSQL can't do what is needed. */
  | "account"
  /** There is no embedded PostgreSQL for this machine. */
  | "unsupported_platform"
  /** The embedded PostgreSQL did not start. */
  | "start_failed"
  /** The server, or the stored data directory, has a version that Steward can't use. */
  | "server_version"
  /** The migration files themselves are not usable: numbering, naming, missing folder. */
  | "migration_files"
  /** An applied migration's file has changed since. */
  | "migration_changed"
  /** A migration's SQL was refused; the database is as it was before it. */
  | "migration_failed"
  /** A restore into the database was broken off. */
  | "restore_unfinished"
  /** The database was migrated by a newer Steward. */
  | "schema_newer";

export interface DatabaseErrorDetails extends ErrorOptions {
  /** PostgreSQL's five-character code. */
  sqlState?: string | undefined;
  constraint?: string | undefined;
  table?: string | undefined;
  column?: string | undefined;
}

export class DatabaseError extends StewardError<DatabaseErrorCode> {
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  constructor(code: DatabaseErrorCode, message: string, details: DatabaseErrorDetails = {}) {
    super(code, message, details);
    this.sqlState = details.sqlState;
    this.constraint = details.constraint;
    this.table = details.table;
    this.column = details.column;
  }
}

/** Exact codes first; PostgreSQL manual, appendix A. */
const CODE_BY_SQL_STATE: Record<string, DatabaseErrorCode> = {
  "23502": "not_null_violation",
  "23503": "foreign_key_violation",
  "23505": "unique_violation",
  "23514": "check_violation",
  "23P01": "exclusion_violation",
  "25006": "unavailable", // a standby that does not accept writes
  "25P03": "unavailable", // the session sat idle in a transaction and was ended
  "40001": "conflict",
  "40P01": "conflict",
  "55P03": "timeout",
  "57014": "timeout",
  "57P01": "unavailable",
  "57P02": "unavailable",
  "57P03": "unavailable",
  "57P05": "unavailable",
  "58000": "unavailable",
  "58030": "unavailable",
};

const CODE_BY_CLASS: Record<string, DatabaseErrorCode> = {
  "08": "unavailable",
  "22": "invalid_value",
  "28": "unavailable",
  "3D": "unavailable",
  "53": "unavailable",
};

const MESSAGES: Partial<Record<DatabaseErrorCode, string>> = {
  outcome_unknown: "The connection to the database was lost while the change was being committed; it may be stored.",
  invalid_value: "A value does not fit its column.",
  conflict: "Concurrent changes were in the way.",
  timeout: "The database did not answer within the time limit.",
  query: "The database refused the statement.",
};

/** What the system says when a connection can't be made or has broken. */
const SYSTEM_ERRORS: ReadonlySet<unknown> = new Set([
  "EACCES",
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "EMFILE",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);
/** The driver reports these without a code. */
const CONNECTION_LOST =
  /connection (terminated|error|ended)|not queryable|timeout exceeded when trying to connect|Client was closed/i;

/** The DatabaseError for whatever the driver threw; anything that is no driver error comes back as it is. */
export function toDatabaseError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StewardError) return error;
  if (error instanceof pg.DatabaseError) {
    const { code = "", constraint, table, column } = error;
    const kind = isStalePlan(error)
      ? "unavailable"
      : (CODE_BY_SQL_STATE[code] ?? CODE_BY_CLASS[code.slice(0, 2)] ?? "query");
    const name = constraint === undefined ? "" : ` (${constraint})`;
    const message =
      kind === "unavailable"
        ? unavailable(error)
        : (MESSAGES[kind] ?? `The database refused the change: ${kind.replaceAll("_", " ")}${name}.`);
    return new DatabaseError(kind, message, { sqlState: code, cause: error, constraint, table, column });
  }
  if (isConnectionLoss(error)) {
    return new DatabaseError("unavailable", unavailable(error), { cause: error });
  }
  return error;
}

/** A prepared statement from before a migration that changed what it answers; a new connection prepares it anew. */
function isStalePlan({ code, message }: pg.DatabaseError): boolean {
  return code === "0A000" && message.startsWith("cached plan");
}

/** With the driver's reason, which names addresses and accounts but no values: whoever starts Steward needs it. */
function unavailable(error: Error): string {
  const reason = error.message || String((error as NodeJS.ErrnoException).code);
  return `The database can't be reached: ${reason.replace(/\.$/, "")}.`;
}

/** As toDatabaseError, for what a COMMIT threw: a lost connection leaves the outcome open. */
export function toCommitError(error: unknown): unknown {
  const mapped = toDatabaseError(error);
  if (!(mapped instanceof DatabaseError) || mapped.code !== "unavailable") return mapped;
  return new DatabaseError("outcome_unknown", MESSAGES.outcome_unknown as string, { cause: error });
}

function isConnectionLoss(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? CONNECTION_LOST.test(error.message) : SYSTEM_ERRORS.has(code);
}
