/** A service of models as far as its clients see it: OpenAI's and Anthropic's answers, on loopback. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const ANSWER = "The secret answer.";

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
const toolCall = { id: "c1", type: "function", function: { name: "look_up", arguments: '{"q":"secret"}' } };

export async function startModelService() {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request.url ?? "", JSON.parse(Buffer.concat(chunks).toString()), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- the bodies of several services
function answer(url: string, body: any, response: ServerResponse): void {
  if (body.model === "broken") {
    const error = { type: "invalid_request_error", message: "Your prompt was: secret prompt" };
    return json(response, { type: "error", error }, 400);
  }
  if (url.endsWith("/embeddings")) {
    const data = [{ object: "embedding", index: 0, embedding: [0.1, 0.2] }];
    return json(response, { object: "list", model: "embedder-1", data, usage: { prompt_tokens: 4, total_tokens: 4 } });
  }
  if (url.endsWith("/messages")) return body.stream ? messageEvents(response) : json(response, message);
  if (url.endsWith("/responses")) return body.stream ? responseEvents(response) : json(response, modelResponse);
  if (body.stream) return chatEvents(response, body.model === "cut");
  const asksTool = body.tools !== undefined;
  const content = asksTool ? null : ANSWER;
  const reply = { role: "assistant", content, refusal: null, ...(asksTool ? { tool_calls: [toolCall] } : {}) };
  const choices = [{ index: 0, finish_reason: asksTool ? "tool_calls" : "stop", message: reply }];
  json(response, { id: "x", object: "chat.completion", created: 1, model: "gpt-real-1", choices, usage });
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function events(response: ServerResponse, all: readonly [name: string | null, data: unknown][], end = ""): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [name, data] of all) {
    response.write(`${name === null ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
  }
  response.end(end);
}

function chatEvents(response: ServerResponse, isCut: boolean): void {
  const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
    [
      null,
      {
        id: "x",
        object: "chat.completion.chunk",
        created: 1,
        model: "gpt-real-1",
        choices: [{ index: 0, delta, finish_reason: finish }],
        ...more,
      },
    ] as [null, unknown];
  const all = [chunk({ role: "assistant", content: "The secret " }), chunk({ content: "answer." })];
  if (isCut) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${JSON.stringify(all[0]?.[1])}\n\n`, () => response.destroy());
    return;
  }
  events(
    response,
    [
      ...all,
      chunk({}, "stop"),
      [null, { id: "x", object: "chat.completion.chunk", created: 1, model: "gpt-real-1", choices: [], usage }],
    ],
    "data: [DONE]\n\n",
  );
}

const modelResponse = {
  id: "r",
  object: "response",
  model: "gpt-real-2",
  status: "completed",
  output: [
    {
      type: "message",
      id: "m",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: ANSWER, annotations: [] }],
    },
  ],
  usage: { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
};

function responseEvents(response: ServerResponse): void {
  events(response, [
    [
      "response.created",
      { type: "response.created", response: { ...modelResponse, status: "in_progress", output: [] } },
    ],
    [
      "response.output_text.delta",
      { type: "response.output_text.delta", item_id: "m", output_index: 0, content_index: 0, delta: ANSWER },
    ],
    ["response.completed", { type: "response.completed", response: modelResponse }],
  ]);
}

const message = {
  id: "m",
  type: "message",
  role: "assistant",
  model: "claude-real-1",
  stop_reason: "tool_use",
  stop_sequence: null,
  content: [
    { type: "text", text: ANSWER },
    { type: "tool_use", id: "t", name: "look_up", input: { q: "secret" } },
  ],
  usage: { input_tokens: 11, output_tokens: 7 },
};

function messageEvents(response: ServerResponse): void {
  const start = { ...message, content: [], stop_reason: null, usage: { input_tokens: 11, output_tokens: 1 } };
  const block = (index: number, content_block: object) => [
    "content_block_start",
    { type: "content_block_start", index, content_block },
  ];
  const delta = (index: number, change: object) => [
    "content_block_delta",
    { type: "content_block_delta", index, delta: change },
  ];
  const stop = (index: number) => ["content_block_stop", { type: "content_block_stop", index }];
  events(response, [
    ["message_start", { type: "message_start", message: start }],
    block(0, { type: "text", text: "" }),
    delta(0, { type: "text_delta", text: ANSWER }),
    stop(0),
    block(1, { type: "tool_use", id: "t", name: "look_up", input: {} }),
    delta(1, { type: "input_json_delta", partial_json: '{"q":"secret"}' }),
    stop(1),
    [
      "message_delta",
      { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage: { output_tokens: 7 } },
    ],
    ["message_stop", { type: "message_stop" }],
  ] as [string, unknown][]);
}
