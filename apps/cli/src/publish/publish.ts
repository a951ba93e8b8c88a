/** Publishes evaluations: the policy first, so that its thresholds stand before the run. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";

import type { OperationInput, OperationOutput } from "@steward/client";

import { call, type Server } from "../server.ts";
import type { PublishOptions, Target } from "./target.ts";

export const TOOL_VERSION = "0.1.0";

type Evaluation = OperationOutput<"publishEvaluation">;

/**
 * Commits a policy, or finds it committed. What runs after `answeredAt`, which is the server's time, began after it.
 * @throws UsageError
 */
export async function commitPolicy(
  server: Server,
  target: Pick<Target, "system"> & Partial<Target>,
  policy: unknown,
  file: string,
) {
  const source = { path: path.basename(file) };
  const {
    policy: committed,
    isNew,
    answeredAt,
  } = await call(server, (client) =>
    client.commitEvaluationPolicy({ body: { ...target, policy: policy as Record<string, unknown>, source } }),
  );
  return { digest: committed.digest, committedAt: committed.committedAt, isNew, answeredAt };
}

type Run = Pick<OperationInput<"publishEvaluation">["body"], "kind" | "tool" | "startedAt" | "bias" | "results">;

/** @throws UsageError */
export async function publishRun(
  server: Server,
  target: Target,
  file: string,
  options: PublishOptions,
  policyDigest: string | null,
  run: Run,
): Promise<Evaluation> {
  const dataset = {
    name: options.dataset ?? path.basename(file),
    version: options.datasetVersion ?? null,
    digest: await fileDigest(file),
  };
  return call(server, (client) =>
    client.publishEvaluation({ body: { runId: randomUUID(), ...target, dataset, policyDigest, ...run } }),
  );
}

/** SHA-256 of a file's bytes. */
async function fileDigest(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}

export function publishedWords({ id, systemName, releaseVersion, verdict, thresholdsFirst }: Evaluation): string {
  const order = thresholdsFirst === false ? " Its thresholds were committed after the run began." : "";
  const found = verdict === "none" ? "no policy, no verdict" : verdict;
  return `Published as evaluation ${id} of ${systemName} ${releaseVersion}: ${found}.${order}\n`;
}
