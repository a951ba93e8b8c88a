import type { Steward } from "../steward.ts";
import { type Answered, Call, type Extra } from "./call.ts";
import type { Loose } from "./client.ts";
import { quietly } from "./stream.ts";

/** Calls that began and have not ended; more than that are of a host that never tells the end. */
const CALLS_MAX = 10_000;

/**
 * A callback handler of LangChain.js: `model.invoke(messages, { callbacks: [stewardCallbacks(steward)] })`. Calls of
 * models, tools and retrievers are recorded, each with the run that it is part of.
 */
export function stewardCallbacks(steward: Steward, extra: Extra = {}) {
  const runs = new Runs(steward, extra);
  const fail = (error: unknown, runId: string) => runs.end(runId, (call) => call.failed(error));
  return {
    name: "steward",
    // The host may end right after a call: what is told then must have been told.
    awaitHandlers: true,
    handleChatModelStart(
      llm: Loose,
      messages: Loose,
      runId: string,
      parent?: string,
      params?: Loose,
      _tags?: string[],
      meta?: Loose,
    ) {
      const asked = () => messages.flat().map((message: Loose) => [message.getType?.(), message.content]);
      runs.begin(runId, parent, modelOf(llm, params, meta, "chat"), asked);
    },
    handleLLMStart(
      llm: Loose,
      prompts: string[],
      runId: string,
      parent?: string,
      params?: Loose,
      _tags?: string[],
      meta?: Loose,
    ) {
      runs.begin(runId, parent, modelOf(llm, params, meta, "text_completion"), () => prompts);
    },
    handleLLMEnd: (result: Loose, runId: string) => runs.end(runId, (call) => call.succeeded(() => answerOf(result))),
    handleLLMError: fail,
    handleToolStart(
      tool: Loose,
      input: string,
      runId: string,
      parent?: string,
      _tags?: string[],
      _meta?: Loose,
      name?: string,
    ) {
      runs.begin(runId, parent, stepOf("execute_tool", name ?? tool?.name ?? tool?.id?.at?.(-1)), () => input);
    },
    handleToolEnd: (output: Loose, runId: string) =>
      runs.end(runId, (call) => call.succeeded(() => ({ output: output?.content ?? output }))),
    handleToolError: fail,
    handleRetrieverStart(
      retriever: Loose,
      query: string,
      runId: string,
      parent?: string,
      _tags?: string[],
      _meta?: Loose,
      name?: string,
    ) {
      runs.begin(runId, parent, stepOf("retrieval", name ?? retriever?.id?.at?.(-1)), () => query);
    },
    handleRetrieverEnd: (documents: Loose[], runId: string) =>
      runs.end(runId, (call) => call.succeeded(() => ({ output: documents.map(({ pageContent }) => pageContent) }))),
    handleRetrieverError: fail,
  };
}

/** Calls by the run that each belongs to, from their beginning to their end. */
class Runs {
  readonly #steward: Steward;
  readonly #extra: Extra;
  readonly #calls = new Map<string, Call>();

  constructor(steward: Steward, extra: Extra) {
    this.#steward = steward;
    this.#extra = extra;
  }

  begin(runId: string, parentRunId: string | undefined, ai: Loose, input: () => unknown): void {
    quietly(() => {
      if (this.#calls.size >= CALLS_MAX) this.#calls.delete(this.#calls.keys().next().value as string);
      const run = { runId, ...(parentRunId === undefined ? {} : { parentRunId }) };
      this.#calls.set(runId, new Call(this.#steward, this.#extra, { ...ai, ...run }, input()));
    });
  }

  end(runId: string, tell: (call: Call) => void): void {
    const call = this.#calls.get(runId);
    this.#calls.delete(runId);
    if (call) quietly(() => tell(call));
  }
}

function stepOf(operation: string, name: unknown): Loose {
  return { operation, agent: { name: String(name ?? "unnamed").slice(0, 200) } };
}

function modelOf(llm: Loose, params: Loose, meta: Loose, operation: string) {
  const invocation = params?.invocation_params;
  return {
    provider: String(meta?.ls_provider ?? llm?.id?.at?.(-1) ?? "unknown"),
    operation,
    requestModel: String(
      meta?.ls_model_name ?? invocation?.model ?? invocation?.model_name ?? llm?.kwargs?.model ?? "unknown",
    ),
  };
}

function answerOf({ generations, llmOutput }: Loose): Answered {
  const all: Loose[] = generations.flat();
  const [first] = all;
  const message = first?.message;
  const meta = message?.response_metadata;
  const usage = message?.usage_metadata;
  const reasonOf = ({ generationInfo, message: of }: Loose) =>
    generationInfo?.finish_reason ?? of?.response_metadata?.finish_reason ?? of?.response_metadata?.stop_reason;
  return {
    responseModel: meta?.model_name ?? meta?.model,
    finishReasons: all.map(reasonOf),
    inputTokens: usage?.input_tokens ?? llmOutput?.tokenUsage?.promptTokens,
    outputTokens: usage?.output_tokens ?? llmOutput?.tokenUsage?.completionTokens,
    toolsCalled: all.flatMap(({ message: of }) => (of?.tool_calls ?? []).map(({ name }: Loose) => String(name))),
    output: all.map(({ text, message: of }) => of?.content ?? text),
  };
}
