import type { Steward } from "../steward.ts";
import type { Answered, Extra } from "./call.ts";
import { type Loose, type MethodReader, watchMethod } from "./client.ts";

/** Records every message of an Anthropic client, streamed or not. The client is watched in place and answered. */
export function watchAnthropic<Client extends object>(steward: Steward, client: Client, extra: Extra = {}): Client {
  const { messages, beta } = client as Loose;
  watchMethod(steward, extra, messages, "create", reader);
  watchMethod(steward, extra, beta?.messages, "create", reader);
  return client;
}

const reader: MethodReader = {
  ai: ({ model }) => ({ provider: "anthropic", operation: "chat", requestModel: String(model) }),
  input: ({ system, messages }) => ({ system, messages }),
  answer: messageAnswer,
  collect() {
    let message: Loose = { content: [] };
    return {
      see(event) {
        if (event.type === "message_start") message = { ...event.message, content: [] };
        else if (event.type === "content_block_start") message.content[event.index] = { ...event.content_block };
        else if (event.type === "content_block_delta") addDelta(message.content[event.index], event.delta);
        else if (event.type === "message_delta") {
          message = { ...message, ...event.delta, usage: { ...message.usage, ...event.usage } };
        }
      },
      answered: () => messageAnswer(message),
    };
  },
};

function messageAnswer({ model, stop_reason, content, usage }: Loose): Answered {
  return {
    responseModel: model,
    finishReasons: [stop_reason],
    inputTokens: usage?.input_tokens,
    outputTokens: usage?.output_tokens,
    toolsCalled: content.filter(({ type }: Loose) => String(type).endsWith("tool_use")).map(({ name }: Loose) => name),
    output: content,
  };
}

function addDelta(block: Loose, delta: Loose): void {
  if (typeof delta.text === "string") block.text = (block.text ?? "") + delta.text;
  if (typeof delta.partial_json === "string") block.json = (block.json ?? "") + delta.partial_json;
}
