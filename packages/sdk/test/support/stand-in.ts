/** A Steward server as far as a sender sees it: it keeps what it is sent once, and can be told to behave badly. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface Received {
  readonly path: string;
  /** Unpacked. */
  readonly body: string;
  readonly sentBytes: number;
  readonly isPacked: boolean;
  readonly atMs: number;
}

export type Sent = Record<string, unknown> & { readonly id: string };
/** Undefined answers as Steward does. */
type Answerer = (
  received: Received,
) => { status: number; headers?: Record<string, string>; body?: unknown } | undefined;

export type StandIn = Awaited<ReturnType<typeof startStandIn>>;

export async function startStandIn(port = 0) {
  const state: { answer: Answerer } = { answer: () => undefined };
  const received: Received[] = [];
  const decisions = new Map<string, Sent>();
  const times = new Map<string, number>();
  const served = new Map<string, number>();
  const outcomes: Record<string, unknown>[] = [];

  function take({ path, body }: Received): unknown {
    if (path === "/api/v1/served") {
      for (const { source, hour, served: count } of JSON.parse(body)) served.set(`${source} ${hour}`, count);
      return { accepted: 1 };
    }
    if (path === "/api/v1/outcomes") {
      const told = JSON.parse(body) as Record<string, unknown>[];
      outcomes.push(...told);
      return { accepted: told.length, duplicates: 0, rejected: 0, items: [] };
    }
    const items = (JSON.parse(body) as Sent[]).map((decision) => {
      times.set(decision.id, (times.get(decision.id) ?? 0) + 1);
      if (typeof decision["outcome"] !== "string") {
        return { id: decision.id, result: "rejected", errors: [{ field: "/outcome", message: "Send text." }] };
      }
      const result = decisions.has(decision.id) ? "duplicate" : "accepted";
      decisions.set(decision.id, decision);
      return { id: decision.id, result, errors: [] };
    });
    const count = (result: string) => items.filter((item) => item.result === result).length;
    return { accepted: count("accepted"), duplicates: count("duplicate"), rejected: count("rejected"), items };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const isPacked = request.headers["content-encoding"] === "gzip";
    const body = (isPacked ? gunzipSync(bytes) : bytes).toString();
    const one = { path: request.url ?? "", body, sentBytes: bytes.length, isPacked, atMs: Date.now() };
    received.push(one);
    const answer = state.answer(one) ?? { status: 200, body: take(one) };
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    received,
    decisions,
    /** How often each decision came. */
    times,
    served,
    outcomes,
    answerWith(answer: Answerer) {
      state.answer = answer;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
