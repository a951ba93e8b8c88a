/** Makes an organisation: its log, its record, its first person, and every parameter of the catalogue. */
import type { Catalogue } from "@steward/catalogue";
import type { AccessRole } from "@steward/contract";
import { type Clock, dayIn, formatInstant, isTimeZone, newId, type Uuid } from "@steward/kernel";
import { organisation, parameter, person, type Register } from "@steward/registers";
import type { Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { invalidField } from "../../platform/http/problem.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import { openLog } from "../../platform/ledger/log.ts";
import { type VersionDraft, writeVersions } from "../records/records.store.ts";

export interface OrganisationDeps {
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly catalogue: Catalogue;
}

export interface NewOrganisation {
  readonly name: string;
  readonly timeZone: string;
  /** The person who makes it, and who becomes its first member. */
  readonly founder: { readonly accountId: Uuid; readonly name: string; readonly email: string };
  readonly roles: readonly AccessRole[];
}

export async function makeOrganisation(
  { clock, keys, catalogue }: OrganisationDeps,
  tx: Transaction<Tables>,
  input: NewOrganisation,
): Promise<{ orgId: Uuid; personId: Uuid; memberId: Uuid }> {
  if (!isTimeZone(input.timeZone))
    throw invalidField("organisation/timeZone", "Give an IANA time zone, for example Europe/Berlin.");
  const orgId = newId(clock);
  const personId = newId(clock);
  const memberId = newId(clock);
  await openLog(tx, clock, keys, orgId);
  const first = (register: Register, id: Uuid, values: Record<string, unknown>): VersionDraft => ({
    register,
    id,
    version: 1,
    values: register.createSchema.parse(values) as Record<string, unknown>,
    withdrawn: false,
    changeReason: "The organisation was set up.",
    effectiveAt: undefined,
  });
  await writeVersions(tx, clock, orgId, { kind: "person", id: personId }, [
    first(organisation as unknown as Register, orgId, { name: input.name, timeZone: input.timeZone }),
    first(person as unknown as Register, personId, {
      name: input.founder.name,
      email: input.founder.email,
      activeFrom: dayIn(clock.now(), input.timeZone),
    }),
    ...catalogue.parameters.map(({ name, value, unit, highTierValue }) =>
      first(parameter as unknown as Register, newId(clock), {
        name,
        value,
        unit,
        highTierValue: highTierValue ?? null,
      }),
    ),
  ]);
  await tx
    .insertInto("membership")
    .values({
      org_id: orgId,
      id: memberId,
      account_id: input.founder.accountId,
      person_id: personId,
      roles: [...input.roles],
      created_at: formatInstant(clock.now()),
      // Whoever founds it is there.
      confirmed_at: formatInstant(clock.now()),
      last_sign_in_at: formatInstant(clock.now()),
    })
    .execute();
  // Versions of a membership count from 1 in the ledger, and the first member's do as well.
  await appendEvidence(tx, clock, orgId, [
    {
      kind: "membership.created",
      actor: { kind: "person", id: personId },
      subject: { kind: "membership", id: memberId, version: 1 },
      body: { roles: [...input.roles], changeReason: "The organisation was set up." },
    },
  ]);
  return { orgId, personId, memberId };
}
