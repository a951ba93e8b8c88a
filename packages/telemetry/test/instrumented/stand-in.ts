/** Stands in for OpenAI on loopback, and for a collector that keeps what it is sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

export interface Received {
  readonly path: string;
  readonly contentType: string;
  readonly body: Buffer;
}

const MODEL = "gpt-4o-2024-08-06";
const USAGE = { prompt_tokens: 21, completion_tokens: 5, total_tokens: 26 };
const BASE = { id: "chatcmpl-1", created: 1_770_000_000, model: MODEL, system_fingerprint: "fp_1" };

/** Answers chat (whole or as a stream, with a tool call where tools are offered), embeddings, and an error. */
export async function standInForOpenAi(): Promise<Listening> {
  return listen(async (request, response) => {
    const body = JSON.parse((await read(request)).toString("utf8")) as Record<string, unknown>;
    if (request.url?.endsWith("/embeddings")) return answer(response, 200, embedding());
    if (body["model"] === "gpt-4o-error")
      return answer(response, 429, { error: { message: "Slow down.", code: "rate" } });
    if (body["stream"] === true) return stream(response);
    return answer(response, 200, completion(body["tools"] !== undefined));
  });
}

function completion(withTool: boolean) {
  const call = { id: "call_1", type: "function", function: { name: "find_city", arguments: '{"country":"France"}' } };
  const message = withTool
    ? { role: "assistant", content: null, tool_calls: [call] }
    : { role: "assistant", content: "Paris" };
  const choice = { index: 0, message, logprobs: null, finish_reason: withTool ? "tool_calls" : "stop" };
  return { ...BASE, object: "chat.completion", choices: [choice], usage: USAGE };
}

function embedding() {
  const data = [{ object: "embedding", index: 0, embedding: [0.1, 0.2] }];
  return { object: "list", data, model: "text-embedding-3-small", usage: { prompt_tokens: 1, total_tokens: 1 } };
}

function stream(response: ServerResponse): void {
  const chunk = (choices: object[], more: object = {}) =>
    response.write(`data: ${JSON.stringify({ ...BASE, object: "chat.completion.chunk", choices, ...more })}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  chunk([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
  chunk([{ index: 0, delta: { content: "Paris" }, finish_reason: null }]);
  chunk([{ index: 0, delta: {}, finish_reason: "stop" }]);
  chunk([], { usage: USAGE });
  response.end("data: [DONE]\n\n");
}

/** Keeps every request to /v1/traces and /v1/logs as it came. */
export async function standInForCollector(): Promise<Listening & { readonly received: Received[] }> {
  const received: Received[] = [];
  const listening = await listen(async (request, response) => {
    const body = await read(request);
    const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    received.push({ path: request.url ?? "", contentType: String(request.headers["content-type"]), body: plain });
    response.writeHead(200, { "content-type": "application/x-protobuf" });
    response.end();
  });
  return { ...listening, received };
}

async function listen(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listening> {
  const server: Server = createServer((request, response) => void serve(request, response));
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

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
