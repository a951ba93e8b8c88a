/**
 * The demonstration organisation: invented people, labelled as such, who do what the standard asks of people. What the
 * AI system does is not invented: see the wage-band example.
 */
import type { Catalogue } from "@steward/catalogue";

import type { Session } from "./session.ts";

interface Made {
  readonly id: string;
}

export interface People {
  readonly lead: string;
  readonly director: string;
  readonly engineer: string;
  readonly overseer: string;
  readonly dataSteward: string;
}

export async function makePeople(session: Session, lead: string): Promise<People> {
  const make = async (name: string, jobTitle: string) => {
    const values = { name: `${name} (demonstration)`, jobTitle, activeFrom: FIRST_DAY };
    return (await session.send<Made>("POST", "/people", { values })).body.id;
  };
  return {
    lead,
    director: await make("Dana Ortiz", "Managing director"),
    engineer: await make("Emre Kaya", "Machine learning engineer"),
    overseer: await make("Olga Lind", "Pay review lead"),
    dataSteward: await make("Tomás Vega", "Data steward"),
  };
}

/** The organisation, its people and their roles are as old as the demonstration: nothing is dated back. */
const FIRST_DAY = new Date().toISOString().slice(0, 10);

export async function assignRoles(session: Session, people: People, systemId: string): Promise<void> {
  const assignments: [string, string, string | null][] = [
    ["aims_conformity", people.lead, null],
    ["aims_performance_reporting", people.lead, null],
    ["top_management", people.director, null],
    ["risk_owner", people.lead, systemId],
    ["data_owner", people.dataSteward, systemId],
    ["oversight_lead", people.overseer, systemId],
    ["stop_authority", people.overseer, systemId],
  ];
  for (const [role, personId, forSystem] of assignments) {
    const values = { role, personId, systemId: forSystem, validFrom: FIRST_DAY };
    await session.send("POST", "/role-assignments", { values, changeReason: "Demonstration set-up" });
  }
}

export async function decideScope(session: Session, people: People, systemId: string): Promise<void> {
  await session.change(
    `/systems/${systemId}`,
    {
      ownerId: people.engineer,
      inScope: "yes",
      scopeReason: "It estimates pay, so it touches people.",
      scopeApproverId: people.director,
      scopeDecidedOn: FIRST_DAY,
      aiRoles: ["producer", "provider"],
      aiRolesDecidedById: people.lead,
      aiRolesDecidedOn: FIRST_DAY,
      riskTier: "high",
      aiActTier: "high_risk",
    },
    "Scope, roles and classification decided (demonstration).",
  );
}

/** What watches the system. Each looks at what really arrives; what nobody reports yet is shown as not known. */
export async function watchSystem(session: Session, systemId: string): Promise<void> {
  const monitors = [
    { name: "Silence", monitorKind: "health", measure: "silence", threshold: 24 },
    { name: "Wrong bands", monitorKind: "output_quality", measure: "error_share", threshold: 40 },
    {
      name: "Drift of the scores",
      monitorKind: "drift",
      measure: "score_psi",
      threshold: 0.2,
      referenceFrom: FIRST_DAY,
      referenceTo: FIRST_DAY,
    },
    { name: "Misuse reports", monitorKind: "misuse", measure: "misuse_share", threshold: 1 },
    { name: "Complaints", monitorKind: "feedback", measure: "negative_share", threshold: 5 },
  ];
  for (const monitor of monitors) {
    await session.send("POST", "/monitors", {
      values: { systemId, ...monitor },
      changeReason: "Demonstration set-up",
    });
  }
}

/** Lets each monitor look at once, as the button on the screen does; the next looks follow by their heartbeat. */
export async function lookNow(session: Session): Promise<void> {
  const { body } = await session.send<{ items: { id: string }[] }>("GET", "/monitors");
  for (const { id } of body.items) await session.send("POST", `/monitors/${id}/runs`);
}

/** One line for each Annex A control; what is not in place is said to be not in place. */
export async function stateApplicability(session: Session, catalogue: Catalogue): Promise<void> {
  const lines = catalogue.requirements
    .filter((requirement) => requirement.kind === "control")
    .map(({ ref, title }) => ({
      controlId: ref,
      applicable: "yes",
      justification: `The organisation builds and runs an AI system that estimates pay, so “${title}” applies (demonstration).`,
      implementationState: IN_PLACE.has(ref) ? "partly" : "not_started",
    }));
  const { body } = await session.send<{ errors: unknown[] }>("POST", "/soa-lines/import", {
    format: "json",
    content: JSON.stringify(lines),
    dryRun: false,
    changeReason: "First statement of applicability (demonstration)",
  });
  if (body.errors.length > 0) throw new Error(`The statement was refused: ${JSON.stringify(body.errors)}`);
}

const IN_PLACE: ReadonlySet<string> = new Set(["A.3.2", "A.4.2", "A.6.2.5", "A.6.2.8"]);
