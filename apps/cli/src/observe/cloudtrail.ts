/**
 * Calls of Amazon Bedrock in AWS CloudTrail: log files (`{"Records": […]}`) and the answer of
 * `aws cloudtrail lookup-events` (`{"Events": [{"CloudTrailEvent": "…"}]}`). Model calls are data events, which a trail
 * records only when told to.
 */
import { UsageError } from "../usage.ts";
import { instant, type Json, list, merge, object, type Sighting, text } from "./sighting.ts";

/** Operations of Bedrock by which a model or an agent is used, one by one or as a batch. */
const CALLS: ReadonlySet<string> = new Set([
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "InvokeModelWithBidirectionalStream",
  "Converse",
  "ConverseStream",
  "StartAsyncInvoke",
  "CreateModelInvocationJob",
  "InvokeAgent",
  "InvokeFlow",
  "InvokeInlineAgent",
  "RetrieveAndGenerate",
  "RetrieveAndGenerateStream",
]);

/** @throws UsageError where the file is no CloudTrail output. */
export function readCloudTrail(document: unknown): Sighting[] {
  const { Records: records, Events: events } = object(document);
  if (!Array.isArray(records) && !Array.isArray(events)) {
    throw new UsageError("This is no CloudTrail output: it has neither Records nor Events.");
  }
  const all = [...list(records).map(object), ...list(events).map(embedded)];
  return merge(all.flatMap(sightingOf));
}

function embedded(event: unknown): Json {
  try {
    return object(JSON.parse(text(object(event)["CloudTrailEvent"]) ?? "{}"));
  } catch {
    return {};
  }
}

function sightingOf(record: Json): Sighting[] {
  const source = text(record["eventSource"]) ?? "";
  const at = instant(record["eventTime"]);
  if (!source.startsWith("bedrock") || !CALLS.has(text(record["eventName"]) ?? "") || at === undefined) return [];
  const parameters = object(record["requestParameters"]);
  const named = text(parameters["modelId"]) ?? text(parameters["agentId"]) ?? text(parameters["flowIdentifier"]);
  return [
    {
      provider: "aws",
      model: named === undefined ? null : modelName(named),
      version: null,
      digest: null,
      service: principalOf(record),
      count: 1,
      firstAt: at,
      lastAt: at,
    },
  ];
}

/** A model is named by its id or by an ARN that ends in it. */
function modelName(named: string): string {
  return named.startsWith("arn:") ? (named.split("/").at(-1) ?? named) : named;
}

/** Who called: the role behind a session, which outlives it; else the user or the service. */
function principalOf(record: Json): string {
  const identity = object(record["userIdentity"]);
  const issuer = object(object(identity["sessionContext"])["sessionIssuer"]);
  const name =
    text(issuer["userName"]) ?? text(identity["userName"]) ?? text(identity["invokedBy"]) ?? text(identity["type"]);
  return `${text(identity["accountId"]) ?? "unknown account"}/${name ?? "unknown"}`;
}
