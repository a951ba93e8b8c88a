/** The connections to PostgreSQL, and Kysely on top of them. */
import { Kysely, PostgresDialect } from "kysely";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";

import type { Logger } from "../log/log.ts";
import { CopiedRows, runCopy } from "./copy.ts";
import { DatabaseError, toCommitError, toDatabaseError } from "./errors.ts";
import { preparedName } from "./prepared.ts";
import { encodeParameter, stewardTypes } from "./values.ts";

export interface ServerConnection {
  /** The folder of the Unix socket, or a host. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password?: string;
}

/** Where a PostgreSQL listens: the embedded one, or the user's own as a URL. */
export type Connection = ServerConnection | { readonly connectionString: string };

/** Enough for 2 to 4 cores; more connections only queue inside PostgreSQL instead of here. */
const DEFAULT_POOL_SIZE = 20;
/** Longer than a restart of the embedded server, shorter than a person waits. */
const CONNECT_TIMEOUT_MS = 10_000;
/** No statement of a request may hold a connection longer. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A transaction that a hung process left open must not hold its locks for ever. */
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;

export interface PoolOptions {
  readonly size?: number;
  readonly statementTimeoutMs?: number;
}

/** A pool of plain pg connections (pg's own types). Most code wants the Kysely of createKysely instead. */
export function createPool(connection: Connection, log: Logger, options: PoolOptions = {}): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = new pg.Pool({
    ...connection,
    max: options.size ?? DEFAULT_POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "steward",
    // Without it, a connection through a silent network would look alive for two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // As statements, because connection poolers refuse them as start-up parameters.
    onConnect: async (client) => {
      await client.query(
        `set statement_timeout = ${statementTimeoutMs};
         set idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_TIMEOUT_MS};
         set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'iso_8601'`,
      );
    },
  });
  // Without listeners a lost connection would end the process: the pool listens to idle clients only.
  pool.on("error", (error) => log.debug({ reason: error.message }, "An idle database connection was lost."));
  pool.on("connect", (client) => {
    client.on("error", (error) => log.debug({ reason: error.message }, "A database connection was lost."));
  });
  return pool;
}

/**
 * Kysely over a pool, with Steward's types (see values.ts) and DatabaseError for every failure.
 * Destroying it ends the pool.
 */
export function createKysely<DB>(pool: pg.Pool): Kysely<DB> {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: typedPool(pool) }) });
}

function typedPool(pool: pg.Pool): PostgresPool {
  const known = new WeakMap<pg.PoolClient, TypedClient>();
  return {
    options: pool.options,
    async connect() {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw toDatabaseError(error);
      }
      let typed = known.get(client);
      if (typed === undefined) known.set(client, (typed = new TypedClient(client)));
      // Kysely's type asks for cursors as well, which it uses only where the dialect is given a cursor class.
      return typed as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}

const LOST: ReadonlySet<string> = new Set(["unavailable", "outcome_unknown"]);
const NOTHING: pg.QueryResult = { command: "ROLLBACK", rowCount: 0, rows: [], oid: 0, fields: [] };

/** What Kysely needs of a client, translating parameters, results and errors on the way. */
class TypedClient {
  readonly #client: pg.PoolClient;
  #lost = false;
  constructor(client: pg.PoolClient) {
    this.#client = client;
  }
  get processID(): number | undefined {
    return (this.#client as pg.PoolClient & { processID?: number }).processID;
  }
  async query(text: string, parameters: readonly unknown[]): Promise<pg.QueryResult> {
    const [first] = parameters;
    try {
      if (first instanceof CopiedRows) return await runCopy(this.#client, text, first);
      const statement = { text, values: parameters.map(encodeParameter), types: stewardTypes };
      const name = preparedName(text);
      return await this.#client.query(name === undefined ? statement : { ...statement, name });
    } catch (error) {
      const mapped = text === "commit" ? toCommitError(error) : toDatabaseError(error);
      if (mapped instanceof DatabaseError && LOST.has(mapped.code)) {
        this.#lost = true;
        // The server rolls back what a lost connection left; saying so would hide the error that led to the rollback.
        if (text === "rollback") return NOTHING;
      }
      throw mapped;
    }
  }
  release(discard?: boolean): void {
    // A server that ends a session says so before the connection breaks; until then it looks usable to the pool.
    this.#client.release(discard === true || this.#lost);
  }
}
