/**
 * A load generator in a process of its own: so many connections, each sending its next batch of decisions when the one
 * before is answered. Speaks HTTP/1.1 over plain sockets, because a client library would take the cores from the server.
 * Who is turned away comes back when it was told to, on a new connection where the old one was closed.
 *
 *     node bench/support/load.ts <port> <key> <clients> <batch> <warm-up ms> <measured ms> <run>
 *
 * Prints one line of JSON: decisions acknowledged a second, latencies in milliseconds, how many requests were refused,
 * and the processor time that this process took while it was measured, in microseconds.
 */
import { connect, type Socket } from "node:net";

const [port, key, clients, batch, warmUpMs, measuredMs, run] = process.argv.slice(2) as [string, ...string[]];
const size = Number(batch);
const begin = performance.now() + Number(warmUpMs);
const end = begin + Number(measuredMs);
const latencies: number[] = [];
let acknowledged = 0;
let refused = 0;
let next = 0;

/** A record of about 1 KB with what makes it reconstructable, without its id. */
const REST = `,${JSON.stringify({
  system: "System 0",
  release: "1.0.0",
  occurredAt: new Date().toISOString(),
  outcome: "review",
  score: 0.83,
  attributes: { age: "30-39", region: "EU", sector: "services" },
  subject: "person-4711",
  inputDigest: `sha256:${"a".repeat(64)}`,
  inputReference: "s3://applications/2026/11/24/application-4711.json",
  promptVersion: "triage policy 2026-11-03",
  toolsCalled: ["credit-bureau", "income-check"],
  explanation: {
    method: "Exact Shapley values over the 14 features of the model, against the training set as background",
    summary: "Income and the length of the present employment weigh most; earlier late payments weigh against it.",
    reasons: [
      { code: "income", text: "Income in relation to the amount", weight: 0.41 },
      { code: "employment", text: "Length of the present employment", weight: 0.22 },
      { code: "late_payments", text: "Late payments in the last two years", weight: -0.37 },
      { code: "other_loans", text: "Other loans that are being paid off", weight: -0.07 },
    ],
  },
}).slice(1)}`;

const HEAD =
  `POST /api/v1/decisions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n` +
  `content-type: application/json\r\ncontent-length: `;

/** All of it is ASCII, so that its length in characters is its length in bytes. */
function request(): string {
  let body = size === 1 ? "" : "[";
  for (let n = 0; n < size; n++) body += `${n === 0 ? "" : ","}{"id":"${run}-${next++}"${REST}`;
  if (size > 1) body += "]";
  return `${HEAD}${body.length}\r\n\r\n${body}`;
}

const usedBefore = new Promise<NodeJS.CpuUsage>((resolve) => {
  setTimeout(() => resolve(process.cpuUsage()), Number(warmUpMs));
});
await Promise.all(Array.from({ length: Number(clients) }, drive));
const { user, system } = process.cpuUsage(await usedBefore);
latencies.sort((a, b) => a - b);
const quantile = (q: number) => latencies[Math.floor(q * (latencies.length - 1))] ?? null;
const figures = {
  rate: acknowledged / (Number(measuredMs) / 1000),
  p50: quantile(0.5),
  p99: quantile(0.99),
  refused,
  acknowledged,
  micros: user + system,
};
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit());

/** Sends until the time is over. */
async function drive(): Promise<void> {
  let socket: Socket | undefined;
  while (performance.now() < end) {
    socket ??= await open();
    const sent = performance.now();
    socket.write(request(), "latin1");
    const answer = await answerOf(socket);
    const now = performance.now();
    if (answer?.startsWith("HTTP/1.1 200 ")) {
      if (now >= begin && now <= end) {
        latencies.push(now - sent);
        acknowledged += size;
      }
      continue;
    }
    if (performance.now() >= end) break;
    refused++;
    if (answer === undefined || /\r\nconnection: close\r\n/i.test(answer)) {
      socket.destroy();
      socket = undefined;
    }
    const seconds = Number(/\r\nretry-after: (\d+)\r\n/i.exec(answer ?? "")?.[1] ?? 1);
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds * 1000, Math.max(0, end - performance.now()))));
  }
  socket?.destroy();
}

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.setNoDelay(true);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // What happens to it later is seen by its close.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  });
}

/** The head of the answer, once all of it is there; undefined where the connection ends before, or the time is over. */
function answerOf(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let head: string | undefined;
    let got = "";
    let missing = 0;
    const done = (answer: string | undefined) => {
      clearTimeout(over);
      socket.off("data", onData);
      socket.off("close", onClose);
      resolve(answer);
    };
    const onClose = () => done(undefined);
    const onData = (chunk: Buffer) => {
      if (head === undefined) {
        got += chunk.toString("latin1");
        const at = got.indexOf("\r\n\r\n");
        if (at < 0) return;
        head = got.slice(0, at + 4);
        missing = Number(/content-length: (\d+)/i.exec(head)?.[1]) - (got.length - head.length);
      } else missing -= chunk.length;
      if (missing <= 0) done(head);
    };
    // Whoever waits longer than the run has no part in it.
    const over = setTimeout(() => done(undefined), Math.max(1, end - performance.now() + 1));
    socket.on("data", onData);
    socket.once("close", onClose);
  });
}
