/** A lost password, replaced from the person's own mailbox. Nobody learns from it whether an account exists. */
import { formatInstant, MICROS_PER_HOUR, newId, type Uuid } from "@steward/kernel";
import { sql } from "kysely";

import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { isMailConfigured, type MailDeps, queueMail } from "../../platform/mail/outbox.ts";
import { seal, unseal } from "../../platform/seal/seal.ts";
import { linkUrl, makeLink } from "./access.links.ts";
import { recoveryMail } from "./access.mails.ts";
import { mayEnter } from "./access.sessions.ts";
import { recordInstallationAct } from "./access.setup.ts";
import { limitRequests } from "./access.throttle.ts";

export type RecoveryDeps = MailDeps & { readonly config: { readonly publicUrl: string } };

/** Answered in one run. */
const REQUESTS_MAX = 50;
/** More mails in an hour do not help a person, and annoy one who did not ask. */
const MAILS_MAX_PER_HOUR = 3;

/** Takes the request, whoever's it is. @throws HttpProblem `conflict` without a mail server, `too_many_requests`. */
export async function requestRecovery(deps: MailDeps, email: string, address: string): Promise<void> {
  const { db, clock, keys } = deps;
  if (!isMailConfigured(deps)) {
    throw new HttpProblem("conflict", "This installation sends no mail. Ask an administrator for a one-time link.");
  }
  await limitRequests(deps, "recovery", address);
  const id = newId(clock);
  await db
    .insertInto("recovery_request")
    .values({ id, sealed_email: await seal(keys, "recovery", id, email), created_at: formatInstant(clock.now()) })
    .execute();
}

/** Turns requests into mails; answers how many there were. */
export async function answerRecoveryRequests(deps: RecoveryDeps): Promise<number> {
  if (!isMailConfigured(deps)) return 0;
  const done = await exclusively(deps.db, "recovery", async () => {
    const rows = await deps.db
      .selectFrom("recovery_request")
      .select(["id", "sealed_email"])
      .orderBy("id")
      .limit(REQUESTS_MAX)
      .execute();
    for (const row of rows) await answer(deps, row.id, await readEmail(deps, row.id, row.sealed_email));
    return rows.length;
  });
  return done ?? 0;
}

/** What was sealed under other keys is nobody's request any more. */
async function readEmail({ keys, log }: RecoveryDeps, id: Uuid, sealed: Buffer): Promise<string | undefined> {
  try {
    return await unseal(keys, "recovery", id, sealed);
  } catch (error) {
    log.warn({ err: error, request: id }, "a request for a new password cannot be read with this installation's keys");
    return undefined;
  }
}

async function answer(deps: RecoveryDeps, id: Uuid, email: string | undefined): Promise<void> {
  const { db, clock, config } = deps;
  await withTransaction(db, async (tx) => {
    await tx.deleteFrom("recovery_request").where("id", "=", id).execute();
    if (email === undefined) return;
    const { rows } = await sql<{ id: Uuid; name: string; email: string; org_id: Uuid; mails: number }>`
      SELECT a.id, a.name, a.email, m.org_id, (
        SELECT count(*)::int FROM mail_outbox o WHERE o.org_id = ${INSTALLATION_ID} AND o.subject_id = a.id
          AND o.created_at > ${formatInstant(clock.now() - MICROS_PER_HOUR)}
      ) AS mails
      FROM account a JOIN membership m ON m.account_id = a.id AND ${mayEnter(clock.now())}
      WHERE lower(a.email) = lower(${email})
      ORDER BY m.last_sign_in_at DESC NULLS LAST, m.created_at LIMIT 1`.execute(tx);
    const account = rows[0];
    if (!account || account.mails >= MAILS_MAX_PER_HOUR) return;
    const link = await makeLink(clock, tx, "recovery", account.id, account.org_id);
    await queueMail(deps, tx, {
      orgId: INSTALLATION_ID,
      kind: "recovery",
      subjectId: account.id,
      to: account.email,
      ...recoveryMail(account, linkUrl(config.publicUrl, link), link),
    });
    await recordInstallationAct(tx, clock, "recovery.mailed", account.id);
  });
}
