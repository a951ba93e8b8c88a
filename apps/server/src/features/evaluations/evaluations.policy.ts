/** What a policy says, whichever of the two forms it has: one for bias, one for every other suite. */
import { createHash } from "node:crypto";

import type { EvaluationKind, thresholdSchema } from "@steward/contract";
import {
  type BiasPolicy,
  CHANGE_CLASSES,
  disparityKind,
  parsePolicy,
  parseSuitePolicy,
  PolicyError,
  type SuitePolicy,
} from "@steward/fairness";
import { canonicalJson, type Json, KernelError } from "@steward/kernel";
import type { z } from "zod";

import { HttpProblem, invalidField } from "../../platform/http/problem.ts";

export type Document = Readonly<Record<string, unknown>>;
export type Threshold = z.output<typeof thresholdSchema>;
export type ChangeClass = (typeof CHANGE_CLASSES)[number];

export type ParsedPolicy =
  | { readonly kind: "bias"; readonly policy: BiasPolicy }
  | { readonly kind: Exclude<EvaluationKind, "bias">; readonly policy: SuitePolicy };

export const BIAS_POLICY_SCHEMA = "steward/bias-policy/v1";

/** @throws HttpProblem `invalid` naming the fields of the policy */
export function readPolicy(document: Document): ParsedPolicy {
  try {
    if (document["schema"] === BIAS_POLICY_SCHEMA) return { kind: "bias", policy: parsePolicy(document) };
    const policy = parseSuitePolicy(document);
    return { kind: policy.kind, policy };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const errors = error.issues.map(({ path, message }) => ({
      pointer: ["", "policy", ...path].join("/"),
      message,
      in: "body" as const,
    }));
    throw new HttpProblem("invalid", errors[0]?.message ?? "The policy cannot be read.", { errors, cause: error });
  }
}

/** SHA-256 of the document's canonical JSON: the same however the file is laid out. */
export function documentDigest(document: unknown): string {
  return `sha256:${createHash("sha256")
    .update(canonicalJson(document as Json))
    .digest("hex")}`;
}

/** The same for what was sent. @throws HttpProblem `invalid` for what has no canonical form */
export function digestOf(document: unknown, field: string): string {
  try {
    return documentDigest(document);
  } catch (cause) {
    if (cause instanceof KernelError) throw invalidField(field, "It holds text or numbers that JSON cannot carry.");
    throw cause;
  }
}

/** The limits that the policy sets, in one form for every kind: what a later policy is compared with. */
export function thresholdsOf({ kind, policy }: ParsedPolicy): Threshold[] {
  if (kind === "bias") {
    return policy.rules.map(({ disparity, threshold }) => ({
      metric: disparity,
      direction: disparityKind(disparity) === "ratio" ? "at_least" : "at_most",
      limit: threshold,
    }));
  }
  return policy.rules.map(({ metric, name, atLeast, atMost }) => ({
    metric: name === undefined ? metric : `${metric} of ${name}`,
    direction: atLeast === undefined ? "at_most" : "at_least",
    limit: (atLeast ?? atMost) as number,
  }));
}

/** Changes after which a release must pass before it is deployed. */
export function requiredFor({ policy }: ParsedPolicy): ChangeClass[] {
  return [...(policy.requiredFor ?? CHANGE_CLASSES)];
}
