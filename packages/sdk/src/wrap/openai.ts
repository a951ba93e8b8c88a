import type { Steward } from "../steward.ts";
import type { Answered, Extra } from "./call.ts";
import { type Loose, type MethodReader, watchMethod } from "./client.ts";

/**
 * Records every call of an OpenAI client: chat, responses, completions, embeddings, streamed or not, and those of the
 * library's helpers. The client is watched in place and answered, with all its types.
 */
export function watchOpenAI<Client extends object>(steward: Steward, client: Client, extra: Extra = {}): Client {
  const { chat, responses, completions, embeddings } = client as Loose;
  watchMethod(steward, extra, chat?.completions, "create", chatReader);
  watchMethod(steward, extra, responses, "create", responsesReader);
  watchMethod(steward, extra, completions, "create", completionsReader);
  watchMethod(steward, extra, embeddings, "create", embeddingsReader);
  return client;
}

const aiOf = (operation: string) => (body: Loose) => ({
  provider: "openai",
  operation,
  requestModel: String(body.model),
});

const usageOf = (usage: Loose): Answered => ({
  inputTokens: usage?.prompt_tokens ?? usage?.input_tokens,
  outputTokens: usage?.completion_tokens ?? usage?.output_tokens,
});

const chatReader: MethodReader = {
  ai: aiOf("chat"),
  input: ({ messages }) => messages,
  answer: ({ model, choices, usage }) => ({
    ...usageOf(usage),
    responseModel: model,
    finishReasons: choices.map((choice: Loose) => choice.finish_reason),
    toolsCalled: choices.flatMap(({ message }: Loose) => (message.tool_calls ?? []).map(toolName)),
    output: choices.map(({ message: { content, tool_calls } }: Loose) => ({ content, tool_calls })),
  }),
  collect() {
    const choices: { content: string; tools: string[]; arguments: string[]; finish: string | null }[] = [];
    let model: string | undefined;
    let usage: Loose;
    return {
      see(chunk) {
        model ??= chunk.model;
        usage = chunk.usage ?? usage;
        for (const { index, delta, finish_reason } of chunk.choices ?? []) {
          const choice = (choices[index] ??= { content: "", tools: [], arguments: [], finish: null });
          choice.content += delta?.content ?? "";
          choice.finish = finish_reason ?? choice.finish;
          for (const call of delta?.tool_calls ?? []) {
            choice.tools[call.index] ??= toolName(call);
            choice.arguments[call.index] = (choice.arguments[call.index] ?? "") + (call.function?.arguments ?? "");
          }
        }
      },
      answered: () => ({
        ...usageOf(usage),
        responseModel: model,
        finishReasons: choices.map(({ finish }) => finish),
        toolsCalled: choices.flatMap(({ tools }) => tools),
        output: choices,
      }),
    };
  },
};

function toolName(call: Loose): string {
  return String(call.function?.name ?? call.custom?.name ?? call.name ?? call.type);
}

const responsesReader: MethodReader = {
  ai: aiOf("chat"),
  input: ({ instructions, input, prompt }) => ({ instructions, input, prompt }),
  answer: responseAnswer,
  collect() {
    let last: Loose;
    return {
      see(event) {
        last = event.response ?? last;
      },
      answered: () => (last === undefined ? {} : responseAnswer(last)),
    };
  },
};

/** A response says by its status how it ended, and in the details why it is not complete. */
function responseAnswer({ model, status, incomplete_details, output = [], usage }: Loose): Answered {
  const calls = output.filter((item: Loose) => String(item.type).endsWith("_call"));
  return {
    ...usageOf(usage),
    responseModel: model,
    finishReasons: [incomplete_details?.reason ?? (calls.length > 0 ? "tool_calls" : status)],
    toolsCalled: calls.map(toolName),
    output,
  };
}

const completionsReader: MethodReader = {
  ai: aiOf("text_completion"),
  input: ({ prompt }) => prompt,
  answer: ({ model, choices, usage }) => ({
    ...usageOf(usage),
    responseModel: model,
    finishReasons: choices.map((choice: Loose) => choice.finish_reason),
    output: choices.map(({ text }: Loose) => text),
  }),
  collect() {
    const chunks: Loose[] = [];
    return {
      see: (chunk) => void chunks.push(chunk),
      answered() {
        const choices = chunks.flatMap((chunk) => chunk.choices ?? []);
        return {
          ...usageOf(chunks.findLast(({ usage }) => usage)?.usage),
          responseModel: chunks[0]?.model,
          finishReasons: choices.map(({ finish_reason }) => finish_reason),
          output: choices.map(({ text }) => text).join(""),
        };
      },
    };
  },
};

const embeddingsReader: MethodReader = {
  ai: aiOf("embeddings"),
  input: ({ input }) => input,
  // The numbers of an embedding can be turned back into its text: they are no output to keep.
  answer: ({ model, usage }) => ({ responseModel: model, inputTokens: usage?.prompt_tokens }),
  collect: () => ({ see: () => undefined, answered: () => ({}) }),
};
