/**
 * Writes the fixtures again: `node packages/telemetry/test/instrumented/record.ts` runs the real instrumentations against
 * a stand-in for OpenAI and keeps what they export, byte for byte.
 */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import { standInForCollector, standInForOpenAi } from "./stand-in.ts";

const DIALECTS = ["opentelemetry", "opentelemetry-content", "traceloop", "openinference"];
const SCENARIOS = ["chat", "stream", "tool", "embeddings", "error"];
const CLIENT = path.join(import.meta.dirname, "client.cjs");
const FIXTURES = path.join(import.meta.dirname, "../fixtures");

const openAi = await standInForOpenAi();
await mkdir(FIXTURES, { recursive: true });
for (const dialect of DIALECTS) {
  for (const scenario of SCENARIOS) {
    const collector = await standInForCollector();
    await promisify(execFile)(process.execPath, [CLIENT, dialect, scenario, openAi.url, collector.url]);
    await collector.close();
    const requests = collector.received.map(({ path: url, contentType, body }) => ({
      path: url,
      contentType,
      body: body.toString("base64"),
    }));
    await writeFile(path.join(FIXTURES, `${dialect}.${scenario}.json`), `${JSON.stringify(requests, null, 2)}\n`);
    process.stdout.write(`${dialect} ${scenario}: ${requests.length} requests\n`);
  }
}
await openAi.close();
