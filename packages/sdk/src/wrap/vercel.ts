import type { Steward } from "../steward.ts";
import { type Answered, Call, type Extra } from "./call.ts";
import type { Loose } from "./client.ts";
import { quietly } from "./stream.ts";

interface CallOptions {
  readonly params: Loose;
  readonly model: Loose;
}

/** A middleware of the AI SDK: `wrapLanguageModel({ model, middleware: stewardMiddleware(steward) })`. */
export function stewardMiddleware(steward: Steward, extra: Extra = {}) {
  return {
    specificationVersion: "v4" as const,
    async wrapGenerate({ doGenerate, params, model }: CallOptions & { doGenerate: () => PromiseLike<Loose> }) {
      const call = begin(params, model);
      try {
        const result = await doGenerate();
        call.succeeded(() => answerOf(result.content, result));
        return result;
      } catch (error) {
        call.failed(error);
        throw error;
      }
    },
    async wrapStream({ doStream, params, model }: CallOptions & { doStream: () => PromiseLike<Loose> }) {
      const call = begin(params, model);
      try {
        const result = await doStream();
        return { ...result, stream: watchStream(result.stream, call) };
      } catch (error) {
        call.failed(error);
        throw error;
      }
    },
  };

  function begin(params: Loose, model: Loose): Call {
    const ai = { provider: String(model?.provider), operation: "chat", requestModel: String(model?.modelId) };
    return new Call(steward, extra, ai, params?.prompt);
  }
}

function answerOf(content: Loose[], { finishReason, usage, response }: Loose): Answered {
  return {
    responseModel: response?.modelId,
    finishReasons: [finishReason?.raw ?? finishReason?.unified ?? finishReason],
    inputTokens: usage?.inputTokens?.total ?? numberOf(usage?.inputTokens),
    outputTokens: usage?.outputTokens?.total ?? numberOf(usage?.outputTokens),
    toolsCalled: content.filter(({ type }) => type === "tool-call").map(({ toolName }) => toolName),
    output: content,
  };
}

/** Older versions tell a number. */
function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function watchStream(stream: ReadableStream<Loose>, call: Call): ReadableStream<Loose> {
  const content: Loose[] = [];
  const told: Loose = {};
  let text = "";
  let error: unknown;
  const read = () => answerOf([...content, { type: "text", text }], told);
  const reader = stream.getReader();
  return new ReadableStream<Loose>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          quietly(() => (error === undefined ? call.succeeded(read) : call.failed(error, read)));
          controller.close();
          return;
        }
        quietly(() => {
          if (value.type === "text-delta") text += value.delta;
          else if (value.type === "tool-call") content.push(value);
          else if (value.type === "response-metadata") told.response = value;
          else if (value.type === "finish") Object.assign(told, value);
          else if (value.type === "error") ({ error } = value);
        });
        controller.enqueue(value);
      } catch (broken) {
        call.failed(broken, read);
        controller.error(broken);
      }
    },
    async cancel(reason) {
      call.abandoned(read);
      await reader.cancel(reason);
    },
  });
}
