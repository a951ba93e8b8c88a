/**
 * A load generator in a process of its own: so many connections, each sending its next batch of decisions when the one
 * before is answered. Speaks HTTP/1.1 over plain sockets, because a client library would take the cores from the server.
 *
 *     node bench/support/load.ts <port> <key> <clients> <batch> <warm-up ms> <measured ms> <run>
 *
 * Prints one line of JSON: decisions acknowledged, latencies in milliseconds, and what was refused.
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

function request(): string {
  const records: string[] = [];
  for (let n = 0; n < size; n++) records.push(`{"id":"${run}-${next++}"${REST}`);
  const body = size === 1 ? (records[0] as string) : `[${records.join(",")}]`;
  return (
    `POST /api/v1/decisions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

await Promise.all(Array.from({ length: Number(clients) }, () => drive(connect(Number(port), "127.0.0.1"))));
latencies.sort((a, b) => a - b);
const quantile = (q: number) => latencies[Math.floor(q * (latencies.length - 1))] ?? null;
process.stdout.write(
  `${JSON.stringify({ rate: acknowledged / (Number(measuredMs) / 1000), p50: quantile(0.5), p99: quantile(0.99), refused })}\n`,
);

function drive(socket: Socket): Promise<void> {
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    let sent = 0;
    let got = "";
    const send = () => {
      if (performance.now() > end) {
        socket.end();
        resolve();
        return;
      }
      sent = performance.now();
      socket.write(request());
    };
    socket.on("connect", send);
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      got += chunk.toString("latin1");
      const head = got.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(got.slice(0, head))?.[1]);
      if (got.length < head + 4 + length) return;
      const now = performance.now();
      if (!got.startsWith("HTTP/1.1 200")) refused++;
      else if (sent >= begin && now <= end) {
        latencies.push(now - sent);
        acknowledged += size;
      }
      got = "";
      send();
    });
  });
}
