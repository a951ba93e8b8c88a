/** The part of a decision that a call of a model, a tool or an agent has; pure. */
import { type DecisionInput, STEP_OPERATIONS } from "@steward/contract";

type SentAi = NonNullable<DecisionInput["ai"]>;
export type Manifest = NonNullable<SentAi["manifest"]>;
/** What was called; the manifest is a field of its own, so that it can be withheld or erased by itself. */
export type AiPart = Omit<SentAi, "manifest">;

/** What the sender told, without what it left out: null and left out mean the same. */
export function aiOf({ ai }: DecisionInput): { ai?: AiPart; manifest?: Manifest } {
  if (!ai) return {};
  const { manifest, ...call } = toldOnly(ai) as SentAi;
  return {
    ...(Object.keys(call).length > 0 ? { ai: call } : {}),
    ...(manifest ? { manifest } : {}),
  };
}

function toldOnly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toldOnly);
  if (typeof value !== "object" || value === null) return value;
  const told = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(told.map(([name, member]) => [name, toldOnly(member)]));
}

/** The columns of a decision that follow from its call. */
export interface RunColumns {
  readonly runId: string | null;
  readonly parentRunId: string | null;
  readonly step: boolean;
  readonly manifest: "complete" | "incomplete" | null;
}

interface AiBody {
  readonly ai?: AiPart;
  readonly manifest?: Manifest;
}

export function runColumns(body: AiBody): RunColumns {
  const { ai } = body;
  const operation = ai?.operation ?? null;
  const manifest = isAgentRun(body) ? (missingFields(body).length === 0 ? "complete" : "incomplete") : null;
  return {
    runId: ai?.runId ?? null,
    parentRunId: ai?.parentRunId ?? null,
    step: (STEP_OPERATIONS as readonly (string | null)[]).includes(operation),
    manifest,
  };
}

/** Whoever sends a manifest, or says that an agent was invoked, speaks of a run of an agent. */
function isAgentRun({ ai, manifest }: AiBody): boolean {
  return manifest !== undefined || ai?.operation === "invoke_agent";
}

/** Fields that each context item must have; its quality and its use in memory may be unknown. */
const ITEM_FIELDS = ["sourceId", "kind", "contentHash", "rightsClass", "dataClass", "trustLabel", "usedIn"] as const;
const TOOL_FIELDS = ["name", "scope", "argumentHash", "taint"] as const;

/**
 * What the context manifest of a run lacks. A run at the top has no parent; an empty list says that there was nothing.
 */
export function missingFields({ ai, manifest }: AiBody): string[] {
  const there: Record<string, boolean> = {
    runId: ai?.runId !== undefined,
    agent: (ai?.agent?.name ?? ai?.agent?.id) !== undefined,
    model: (ai?.responseModel ?? ai?.requestModel) !== undefined,
    d2Commit: manifest?.d2Commit !== undefined,
    items: manifest?.items !== undefined,
    toolsCalled: manifest?.toolsCalled !== undefined,
    humanActs: manifest?.humanActs !== undefined,
    outputHash: manifest?.outputHash !== undefined,
  };
  const missing = Object.keys(there).filter((name) => !there[name]);
  const inItems = ITEM_FIELDS.filter((name) => manifest?.items?.some((item) => item[name] === undefined));
  const inTools = TOOL_FIELDS.filter((name) => manifest?.toolsCalled?.some((tool) => tool[name] === undefined));
  return [...missing, ...inItems.map((name) => `items.${name}`), ...inTools.map((name) => `toolsCalled.${name}`)];
}
