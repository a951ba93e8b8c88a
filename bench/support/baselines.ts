/** What the database alone can do with the same records: the same columns and indexes, without HTTP and without ledger. */
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

import type { ProcessorTime } from "./processor.ts";

/** Rows of one transaction: more gains nothing, as in the intake. */
const GROUP_ROWS = 1000;
const WRITERS = 2;

/** The table of decisions with its indexes, its id of the sender unique, and the whole record beside the columns. */
const TABLE = `
  CREATE TABLE baseline_decision (LIKE decision INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES, body text NOT NULL);
  CREATE UNIQUE INDEX ON baseline_decision (org_id, external_id, system_id)`;
const COLUMNS = `org_id, id, external_id, system_id, system_name, release_id, release_name, occurred_at, recorded_at,
  outcome, score, attributes, subject_hash, oversight, sandbox, flags, ledger_index, body`;
const ORG = "01900000-0000-7000-8000-000000000009";
const SYSTEM = "01900000-0000-7000-8001-000000000000";
const RELEASE = "01900000-0000-7000-8002-000000000000";
const ATTRIBUTES = JSON.stringify({ age: "30-39", region: "EU", sector: "services" });
const HASH = "b".repeat(64);
const BODY = JSON.stringify({ explanation: "x".repeat(850) });

export interface Baseline {
  /** Decisions a second. */
  readonly rate: number;
  /** Processor time of each decision. */
  readonly micros: ProcessorTime;
}

/** By each way. */
export async function baselines(
  pool: pg.Pool,
  durationMs: number,
  used: () => ProcessorTime,
): Promise<{ INSERT: Baseline; COPY: Baseline }> {
  await pool.query(TABLE);
  const insert = await measure(durationMs, used, (first) => insertGroup(pool, first));
  await pool.query("TRUNCATE baseline_decision");
  const copy = await measure(durationMs, used, (first) => copyGroup(pool, first));
  await pool.query("DROP TABLE baseline_decision");
  return { INSERT: insert, COPY: copy };
}

let next = 0;

async function measure(
  durationMs: number,
  used: () => ProcessorTime,
  write: (first: number) => Promise<unknown>,
): Promise<Baseline> {
  const before = used();
  const begun = performance.now();
  let rows = 0;
  const writer = async () => {
    while (performance.now() < begun + durationMs) {
      const first = (next += GROUP_ROWS) - GROUP_ROWS;
      await write(first);
      rows += GROUP_ROWS;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const passedMs = performance.now() - begun;
  const after = used();
  const postgres =
    after.postgres === null || before.postgres === null ? null : (after.postgres - before.postgres) / rows;
  return { rate: rows / (passedMs / 1000), micros: { node: (after.node - before.node) / rows, postgres } };
}

function idOf(n: number): string {
  const hex = n.toString(16).padStart(12, "0");
  return `0198f0aa-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8000-${hex}`;
}

const numbers = (first: number) => Array.from({ length: GROUP_ROWS }, (_, offset) => first + offset);

function insertGroup(pool: pg.Pool, first: number): Promise<unknown> {
  const rows = numbers(first);
  const now = new Date().toISOString();
  return pool.query(
    `INSERT INTO baseline_decision (${COLUMNS})
     SELECT $1::uuid, id, external_id, $2::uuid, 'System 0', $3::uuid, '1.0.0', $4::timestamptz, $4::timestamptz, 'review',
       0.83, attributes, decode(hash, 'hex'), 'none', false, '{}', n, body
     FROM unnest($5::uuid[], $6::text[], $7::jsonb[], $8::text[], $9::bigint[], $10::text[])
       AS t (id, external_id, attributes, hash, n, body)`,
    [
      ORG,
      SYSTEM,
      RELEASE,
      now,
      rows.map(idOf),
      rows.map((n) => `a-${n}`),
      rows.map(() => ATTRIBUTES),
      rows.map(() => HASH),
      rows,
      rows.map(() => BODY),
    ],
  );
}

async function copyGroup(pool: pg.Pool, first: number): Promise<void> {
  const client = await pool.connect();
  try {
    const now = new Date().toISOString();
    const lines = numbers(first).map((n) =>
      [
        ORG,
        idOf(n),
        `a-${n}`,
        SYSTEM,
        "System 0",
        RELEASE,
        "1.0.0",
        now,
        now,
        "review",
        0.83,
        ATTRIBUTES,
        `\\\\x${HASH}`,
        "none",
        "f",
        "{}",
        n,
        BODY,
      ].join("\t"),
    );
    await pipeline(
      Readable.from([`${lines.join("\n")}\n`]),
      client.query(copyFrom(`COPY baseline_decision (${COLUMNS}) FROM STDIN`)),
    );
  } finally {
    client.release();
  }
}
