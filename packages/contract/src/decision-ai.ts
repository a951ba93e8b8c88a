/** The part of a decision that a call of a model, a tool or an agent has: what was called, and out of what it was made. */
import { instantSchema, lineSchema, LIST_MAX_ITEMS } from "@steward/registers";
import { z } from "zod";

/** A model's own reasons and scopes are few; context items are bounded by what a window holds. */
const PARTS_MAX = 100;
const TOKENS_MAX = 1e12;

const line = (maxChars: number) => lineSchema(maxChars).nullable().optional();
const hash = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "Write sha256: and 64 lower-case hex digits.")
  .nullable()
  .optional();
const tokens = z.number().int().min(0).max(TOKENS_MAX).nullable().optional();

/** From most to least trusted: what is combined carries the lowest label. */
export const TRUST_LABELS = ["owned", "contracted", "user", "public", "other agent", "unknown"] as const;
export const USED_IN = ["answer", "tool argument", "memory"] as const;

/** Something that was put before the model, by digest and reference: never its content. */
const contextItemSchema = z.strictObject({
  sourceId: line(200).meta({ description: "Your id of the source, as it is registered." }),
  kind: line(100).meta({ description: "Retrieval, memory, tool output, web page, user input, agent message …" }),
  uriOrKey: line(500),
  contentHash: hash,
  fetchedAt: instantSchema.nullable().optional(),
  rightsClass: line(100),
  dataClass: line(100),
  trustLabel: z.enum(TRUST_LABELS).nullable().optional(),
  qualityFlag: line(100),
  usedIn: z.array(z.enum(USED_IN)).max(USED_IN.length).nullable().optional(),
});

const toolCallSchema = z.strictObject({
  name: lineSchema(200),
  scope: line(200).meta({ description: "The permission under which it was called." }),
  argumentHash: hash,
  taint: z
    .enum(TRUST_LABELS)
    .nullable()
    .optional()
    .meta({ description: "Lowest trust label of what filled its arguments." }),
});

/** The context manifest of a run; its run, agent and model stand beside it. */
const manifestSchema = z.strictObject({
  d2Commit: line(200).meta({ description: "Commit of prompts, policies and tool descriptions." }),
  permissionScope: z.array(lineSchema(200)).max(PARTS_MAX).nullable().optional(),
  items: z.array(contextItemSchema).max(LIST_MAX_ITEMS).nullable().optional(),
  toolsCalled: z.array(toolCallSchema).max(PARTS_MAX).nullable().optional(),
  humanActs: z
    .array(lineSchema(200))
    .max(PARTS_MAX)
    .nullable()
    .optional()
    .meta({ description: "What people did in the run; an empty list says that nobody did anything." }),
  outputHash: hash,
});

/** What is not known is left out; nothing is guessed. */
export const aiSchema = z.strictObject({
  provider: line(100).meta({ description: "Who answered, in the words of OpenTelemetry: openai, anthropic …" }),
  operation: line(100).meta({
    description: "chat, text_completion, generate_content, embeddings, invoke_agent, execute_tool, retrieval …",
  }),
  requestModel: line(200),
  responseModel: line(200).meta({ description: "The model that really answered." }),
  inputTokens: tokens,
  outputTokens: tokens,
  finishReasons: z.array(lineSchema(100)).max(PARTS_MAX).nullable().optional(),
  error: line(200).meta({ description: "Class of the error; no message, which may quote what a person wrote." }),
  runId: line(100).meta({ description: "Your id of this call or run." }),
  parentRunId: line(100).meta({ description: "The run that this one is part of." }),
  conversationId: line(200),
  agent: z
    .strictObject({ id: line(200), name: line(200), version: line(100) })
    .nullable()
    .optional(),
  manifest: manifestSchema.nullable().optional(),
});
export type AiPart = z.infer<typeof aiSchema>;

/** These are steps inside a run: kept and shown with it, but not counted as decisions. */
export const STEP_OPERATIONS = ["execute_tool", "retrieval", "rerank", "guardrail", "evaluate", "memory"] as const;

/** What an evaluation of one call came to, as the sender tells it. */
export const callEvaluationSchema = z.object({
  name: z.string(),
  score: z.number().nullable(),
  label: z.string().nullable(),
});

const runStepSchema = z.object({
  id: z.string(),
  runId: z.string(),
  parentRunId: z.string().nullable(),
  operation: z.string().nullable(),
  name: z.string().nullable().meta({ description: "Agent, tool or model." }),
  outcome: z.string(),
  occurredAt: instantSchema,
});

/** What is known of the run that a decision belongs to. */
export const runSchema = z.object({
  parent: runStepSchema.nullable(),
  children: z.array(runStepSchema).meta({ description: "Calls, tools and sub-agents of this run, oldest first." }),
  truncated: z.boolean().meta({ description: "There are more children than are listed." }),
  manifest: z.enum(["complete", "incomplete"]).nullable().meta({ description: "Null where it is no run of an agent." }),
  missing: z.array(z.string()).meta({ description: "Fields that the manifest lacks." }),
});
