/** What status asks to be computed: over all facts of an organisation, so beside the process that serves requests. */
import { evaluate, type Evaluation, type ItemResult, type NextAction, nextActions } from "@steward/assurance";
import type { Micros, Uuid } from "@steward/kernel";

import type { ComputeContext, Computer } from "../../platform/compute/compute.ts";
import { loadFacts } from "./status.facts.ts";
import { keepTest, type KeptTest, type StoredRequirement, storeRequirement } from "./status.stored.ts";

/** An evaluation in the form in which it is kept: without the item of each of a thousand systems. */
export interface ComputedStatus {
  readonly at: Micros;
  readonly validUntil: Micros | null;
  readonly catalogueDigest: string;
  readonly codeVersion: string;
  readonly tests: readonly KeptTest[];
  readonly requirements: readonly StoredRequirement[];
  readonly nextActions: readonly NextAction[];
}

/** What one test says of one AI system. */
export interface SystemItem {
  readonly testId: string;
  readonly item: ItemResult;
}

interface StatusQuestion {
  readonly orgId: Uuid;
  /** As known at, and as held at. */
  readonly at: Micros;
  /** Size of the ledger that the facts hold at least; kept with the evaluation to tell whether it is still the newest. */
  readonly size?: number;
}

export const statusComputations = {
  /** Evaluates all tests and requirements as of a moment. */
  async evaluateStatus(context: ComputeContext, question: StatusQuestion): Promise<ComputedStatus> {
    const evaluation = await evaluateFacts(context, question);
    return {
      at: evaluation.at,
      validUntil: evaluation.validUntil,
      catalogueDigest: evaluation.catalogueDigest,
      codeVersion: evaluation.codeVersion,
      tests: evaluation.tests.map(keepTest),
      requirements: evaluation.requirements.map(storeRequirement),
      nextActions: nextActions(evaluation).slice(0, NEXT_ACTIONS_KEPT),
    };
  },

  /** What each test says of one system now: from memory where nothing happened since, else computed. */
  async itemsOfSystem(context: ComputeContext, question: StatusQuestion & { systemId: Uuid }): Promise<SystemItem[]> {
    const { orgId, at, size = 0, systemId } = question;
    const known = latest.get(orgId);
    const lasts = known && (known.evaluation.validUntil === null || known.evaluation.validUntil > at);
    const evaluation = lasts && known.size >= size ? known.evaluation : await evaluateFacts(context, question);
    return evaluation.tests.flatMap(({ testId, items }) =>
      items
        .filter(({ subject }) => subject.kind === "system" && subject.id === systemId)
        .map((item) => ({ testId, item })),
    );
  },
};

export type StatusComputer = Computer<typeof statusComputations>;

/** Next actions kept with an evaluation: a screen shows five, a plan some more. */
const NEXT_ACTIONS_KEPT = 50;
/** Evaluations with all their items that stay in memory; that of a thousand systems takes some ten megabytes. */
const REMEMBERED_MAX = 8;

const latest = new Map<Uuid, { size: number; evaluation: Evaluation }>();

async function evaluateFacts({ db, catalogue }: ComputeContext, question: StatusQuestion): Promise<Evaluation> {
  const { orgId, at, size } = question;
  const evaluation = evaluate(catalogue, await loadFacts(db, orgId, { recordedAt: at, effectiveAt: at }), at);
  if (size !== undefined) remember(orgId, size, evaluation);
  return evaluation;
}

function remember(orgId: Uuid, size: number, evaluation: Evaluation): void {
  latest.delete(orgId);
  latest.set(orgId, { size, evaluation });
  for (const oldest of latest.keys()) {
    if (latest.size <= REMEMBERED_MAX) break;
    latest.delete(oldest);
  }
}
