/**
 * How fast evidence is appended, in process, on a real PostgreSQL with fsync on: group commit into the Merkle log against
 * the usual hash chain (lock the last hash, insert, commit), in one run.
 *
 *     node bench/ledger-append.ts [seconds]
 *
 * Goal: at 256 producers at least 15,000 records a second with p99 below 100 ms, and ten times the naive chain.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";

import { canonicalBytes, newId, systemClock } from "@steward/kernel";
import type pg from "pg";

import { GroupQueue } from "../apps/server/src/features/decisions/decisions.queue.ts";
import { openDatabase } from "../apps/server/src/platform/database/database.ts";
import type { Tables } from "../apps/server/src/platform/database/schema.ts";
import { withTransaction } from "../apps/server/src/platform/database/transaction.ts";
import { appendEvidence, type Evidence } from "../apps/server/src/platform/ledger/append.ts";
import { directoryKeyStore } from "../apps/server/src/platform/ledger/keys.ts";
import { openLog } from "../apps/server/src/platform/ledger/log.ts";
import { createLogger } from "../apps/server/src/platform/log/log.ts";

const PRODUCERS = 256;
const WARM_UP_SECONDS = 2;
const seconds = Number(process.argv[2] ?? 8);
/** Made beforehand: making records is the senders' work. */
const bodies = Array.from({ length: 4096 }, (_, n) => makeBody(n));

interface Figures {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

const dataDir = await mkdtemp(path.join(tmpdir(), "steward-bench-"));
const database = await openDatabase<Tables>(
  { dataDir, databaseUrl: undefined, serviceAccount: undefined },
  createLogger({ level: "error" }),
);
try {
  const { rows } = await database.pool.query<{ fsync: string }>("SHOW fsync");
  const bytes = canonicalBytes(makeBody(0)).length;
  print(`${availableParallelism()} cores, PostgreSQL with fsync ${rows[0]?.fsync}, records of ${bytes} bytes`);
  print(`${PRODUCERS} producers, ${seconds} s after ${WARM_UP_SECONDS} s of warming up\n`);
  const naive = await measure(await naiveChain(database.pool));
  const log = await measure(await merkleLog());
  const cpu = process.cpuUsage();
  print("                       records/s   p50 ms   p99 ms");
  show("naive hash chain", naive);
  show("Merkle log, grouped", log);
  print(`\nratio ${(log.rate / naive.rate).toFixed(1)}; this process used ${(cpu.user + cpu.system) / 1e6} s of CPU`);
} finally {
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
}

/** Every producer sends its next record when the one before is committed. */
async function measure(append: (n: number) => Promise<unknown>): Promise<Figures> {
  const begin = performance.now() + WARM_UP_SECONDS * 1000;
  const end = begin + seconds * 1000;
  const latencies: number[] = [];
  let n = 0;
  const produce = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      await append(n++);
      const now = performance.now();
      if (sent >= begin && now <= end) latencies.push(now - sent);
    }
  };
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) => latencies[Math.floor(q * (latencies.length - 1))] ?? Number.NaN;
  return { rate: latencies.length / seconds, p50: quantile(0.5), p99: quantile(0.99) };
}

async function merkleLog(): Promise<(n: number) => Promise<unknown>> {
  const clock = systemClock();
  const orgId = newId(clock);
  const keys = directoryKeyStore(path.join(dataDir, "keys"));
  await withTransaction(database.db, (tx) => openLog(tx, clock, keys, orgId));
  const actor = { kind: "key", id: newId(clock) };
  const queue = new GroupQueue<{ records: number; bytes: number; evidence: Evidence }, number>(
    (org, group) =>
      withTransaction(database.db, async (tx) => {
        const evidence = group.map((one) => one.evidence);
        return (await appendEvidence(tx, clock, org, evidence)).map(({ index }) => index);
      }),
    () => false,
    { groupMaxRecords: 1000, waitingMaxRecords: 100_000, waitingMaxBytes: Number.POSITIVE_INFINITY },
  );
  return (n) => {
    const body = bodies[n % bodies.length] as (typeof bodies)[number];
    const evidence = { kind: "decision.recorded", actor, subject: { kind: "decision" }, body };
    return queue.push(orgId, { records: 1, bytes: 1000, evidence });
  };
}

async function naiveChain(pool: pg.Pool): Promise<(n: number) => Promise<unknown>> {
  await pool.query(`CREATE TABLE naive_head (id int PRIMARY KEY, size bigint NOT NULL, hash bytea NOT NULL);
    CREATE TABLE naive_entry (index bigint PRIMARY KEY, hash bytea NOT NULL, body bytea NOT NULL);
    INSERT INTO naive_head VALUES (1, 0, '')`);
  return async (n) => {
    const body = Buffer.from(canonicalBytes(bodies[n % bodies.length] as (typeof bodies)[number]));
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const head = await client.query("SELECT size, hash FROM naive_head WHERE id = 1 FOR UPDATE");
      const { size, hash } = head.rows[0] as { size: string; hash: Buffer };
      const next = createHash("sha256").update(hash).update(body).digest();
      await client.query("INSERT INTO naive_entry VALUES ($1, $2, $3)", [size, next, body]);
      await client.query("UPDATE naive_head SET size = size + 1, hash = $1 WHERE id = 1", [next]);
      await client.query("COMMIT");
    } finally {
      client.release();
    }
  };
}

/** A decision of about 1 KB with what makes it reconstructable. */
function makeBody(n: number) {
  const digest = `sha256:${randomBytes(32).toString("hex")}`;
  return {
    decision: {
      id: `application-${n}`,
      system: { id: "0198f0aa-0000-7000-8000-000000000001", name: "Wage band estimator" },
      release: { id: "0198f0aa-0000-7000-8000-000000000002", version: "1.2.3", digest },
      named: { system: "Wage band estimator", release: "1.2.3" },
      occurredAt: "2026-11-24T09:00:00.000000Z",
      outcome: "upper",
      score: n / 7,
      oversight: "none",
      sandbox: false,
      flags: [],
    },
    attributes: { age: "30-39", region: "EU", sector: "services" },
    subject: digest.slice(7),
    input: { digest, reference: `s3://applications/2026/11/24/${n}` },
    process: { promptVersion: "not used", toolsCalled: [] },
    explanation: {
      method: "Exact Shapley values",
      summary: "Years of education and experience weigh most.",
      reasons: [
        { code: "education", weight: 0.41 },
        { code: "experience", weight: 0.22 },
        { code: "occupation", weight: -0.07 },
      ],
    },
  };
}

function show(name: string, { rate, p50, p99 }: Figures): void {
  const cell = (value: number, width: number, digits: number) => value.toFixed(digits).padStart(width);
  print(`${name.padEnd(22)} ${cell(rate, 9, 0)} ${cell(p50, 8, 1)} ${cell(p99, 8, 1)}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
