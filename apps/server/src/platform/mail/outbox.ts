/**
 * Mail that leaves for sure: it is written in the transaction of the act that causes it, and sent afterwards by a job.
 * It may arrive twice, under the same Message-ID, where a server stops between sending and remembering.
 */
import {
  type Clock,
  formatInstant,
  type Micros,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  newId,
  type Uuid,
} from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";
import type { Logger } from "pino";

import type { MailConfig } from "../config/mail.ts";
import type { Tables } from "../database/schema.ts";
import { HttpProblem } from "../http/problem.ts";
import { exclusively } from "../jobs/loop.ts";
import type { KeyStore } from "../ledger/keys.ts";
import { seal, unseal } from "../seal/seal.ts";
import { type Mail, MailError, sendMail } from "./smtp.ts";

export interface MailDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly log: Logger;
  /** Undefined where the operator named no mail server: then nothing is queued. */
  readonly config: { readonly mail: MailConfig | undefined };
}

export interface QueuedMail extends Mail {
  readonly orgId: Uuid;
  /** What kind of mail it is, in a word: invitation, recovery, digest. */
  readonly kind: string;
  /** The record that it is about. */
  readonly subjectId?: Uuid;
  /** Of mails of an organisation with the same key only the first is sent. */
  readonly onceKey?: string;
}

/** Pauses after failed attempts; a mail that is a day late is not sent any more. */
const PAUSES: readonly Micros[] = [
  MICROS_PER_MINUTE,
  5n * MICROS_PER_MINUTE,
  30n * MICROS_PER_MINUTE,
  2n * MICROS_PER_HOUR,
  6n * MICROS_PER_HOUR,
  15n * MICROS_PER_HOUR,
];
/** Sent in one run, one after the other: mail servers dislike crowds. */
const SEND_MAX = 50;
/** What became of a mail is kept this long. */
const KEPT = 30n * 24n * MICROS_PER_HOUR;
const SUBJECT_MAX_CHARS = 200;

export function isMailConfigured({ config }: Pick<MailDeps, "config">): boolean {
  return config.mail !== undefined;
}

/** Queues a mail in the caller's transaction. Where no mail server is named it is an error: ask `isMailConfigured` first. */
export async function queueMail(
  { clock, keys, config }: Pick<MailDeps, "clock" | "keys" | "config">,
  tx: Transaction<Tables>,
  { to, subject, text, orgId, kind, subjectId, onceKey }: QueuedMail,
): Promise<void> {
  if (config.mail === undefined) throw new HttpProblem("conflict", "This installation has no mail server.");
  const id = newId(clock);
  const now = formatInstant(clock.now());
  // A name that a person chose may stand in a subject: it stays one line, and a short one.
  const line = subject.replaceAll(/\s+/g, " ").slice(0, SUBJECT_MAX_CHARS);
  await tx
    .insertInto("mail_outbox")
    .values({
      id,
      org_id: orgId,
      kind,
      subject_id: subjectId ?? null,
      once_key: onceKey ?? null,
      sealed: await seal(keys, "mail", id, JSON.stringify({ to, subject: line, text })),
      created_at: now,
      state: "pending",
      next_attempt_at: now,
    })
    .onConflict((conflict) => conflict.columns(["org_id", "once_key"]).doNothing())
    .execute();
}

interface Due {
  id: Uuid;
  sealed: Buffer;
  tries: number;
}

/** Sends what is due; answers how many were attempted. */
export async function deliverMail(deps: MailDeps): Promise<number> {
  const { db, clock, config } = deps;
  const { mail } = config;
  if (mail === undefined) return 0;
  const sent = await exclusively(db, "mail", async () => {
    // Unscoped: it is the postman that asks for all organisations.
    const { rows } = await sql<Due>`
      SELECT id, sealed, tries FROM mail_outbox
      WHERE state = 'pending' AND next_attempt_at <= ${formatInstant(clock.now())}
      ORDER BY next_attempt_at, id LIMIT ${SEND_MAX}`.execute(db);
    for (const row of rows) await deliver(deps, mail, row);
    await sql`DELETE FROM mail_outbox WHERE state <> 'pending' AND created_at < ${formatInstant(clock.now() - KEPT)}`.execute(
      db,
    );
    return rows.length;
  });
  return sent ?? 0;
}

async function deliver({ db, clock, keys, log }: MailDeps, config: MailConfig, row: Due): Promise<void> {
  const settle = async (values: { state: "pending" | "sent" | "failed"; error: string | null; next?: Micros }) => {
    const { state, error, next } = values;
    await db
      .updateTable("mail_outbox")
      .set({
        state,
        error,
        tries: row.tries + 1,
        next_attempt_at: next === undefined ? null : formatInstant(next),
        ...(state === "pending" ? {} : { sealed: null }),
      })
      .where("id", "=", row.id)
      .execute();
  };
  let mail: Mail;
  try {
    mail = JSON.parse(await unseal(keys, "mail", row.id, row.sealed)) as Mail;
  } catch (error) {
    log.warn({ err: error, mail: row.id }, "a mail cannot be read with this installation's keys");
    return settle({ state: "failed", error: "It cannot be read with this installation's keys." });
  }
  try {
    await sendMail(config, row.id, mail);
    return await settle({ state: "sent", error: null });
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    const pause = error.code === "refused" ? undefined : PAUSES[row.tries];
    log.warn({ mail: row.id, reason: error.message, again: pause !== undefined }, "a mail was not sent");
    if (pause === undefined) return settle({ state: "failed", error: error.message });
    return settle({ state: "pending", error: error.message, next: clock.now() + pause });
  }
}
