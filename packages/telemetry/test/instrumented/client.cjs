/**
 * An application as anybody writes it: the OpenAI client, instrumented by one of three real instrumentations that export
 * by OTLP/HTTP. Run as `node client.cjs <dialect> <scenario> <OpenAI address> <OTLP address> [API key]`, once for each
 * call, because an instrumentation patches the client for the life of its process.
 */
const [dialect, scenario, openAiUrl, otlpUrl, key] = process.argv.slice(2);

const { metrics } = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { NodeTracerProvider, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-node");
const { BatchLogRecordProcessor, LoggerProvider } = require("@opentelemetry/sdk-logs");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-proto");
const { OTLPLogExporter } = require("@opentelemetry/exporter-logs-otlp-proto");

const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
const resource = resourceFromAttributes({ "service.name": "support-desk", "service.version": "1.0" });
const traces = new NodeTracerProvider({
  resource,
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: `${otlpUrl}/v1/traces`, headers }))],
});
traces.register();
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${otlpUrl}/v1/logs`, headers }) })],
});

/** Each is used as its own README says; only OpenTelemetry's leaves content out unless asked. */
const INSTRUMENTATIONS = {
  opentelemetry: () => new (require("@opentelemetry/instrumentation-openai").OpenAIInstrumentation)(),
  "opentelemetry-content": () =>
    new (require("@opentelemetry/instrumentation-openai").OpenAIInstrumentation)({ captureMessageContent: true }),
  traceloop: () => new (require("@traceloop/instrumentation-openai").OpenAIInstrumentation)(),
  openinference: () => new (require("@arizeai/openinference-instrumentation-openai").OpenAIInstrumentation)(),
};
const instrumentation = INSTRUMENTATIONS[dialect]();
instrumentation.setTracerProvider(traces);
instrumentation.setLoggerProvider?.(logs);
// OpenTelemetry's makes its metric instruments only here.
instrumentation.setMeterProvider(metrics.getMeterProvider());
const { OpenAI } = require("openai");
if (dialect === "openinference") instrumentation.manuallyInstrument({ OpenAI });
if (dialect === "traceloop") instrumentation.manuallyInstrument(OpenAI);

const openai = new OpenAI({ apiKey: "none", baseURL: `${openAiUrl}/v1`, maxRetries: 0 });
const messages = [
  { role: "system", content: "You answer in one word." },
  { role: "user", content: "What is the capital of France?" },
];
const tools = [
  { type: "function", function: { name: "find_city", parameters: { type: "object", properties: { country: {} } } } },
];

const SCENARIOS = {
  chat: () => openai.chat.completions.create({ model: "gpt-4o", messages }),
  async stream() {
    const options = { stream: true, stream_options: { include_usage: true } };
    for await (const _ of await openai.chat.completions.create({ model: "gpt-4o", messages, ...options }));
  },
  tool: () => openai.chat.completions.create({ model: "gpt-4o", messages, tools }),
  embeddings: () => openai.embeddings.create({ model: "text-embedding-3-small", input: "Paris" }),
  error: () => openai.chat.completions.create({ model: "gpt-4o-error", messages }).catch(() => undefined),
};

async function main() {
  await SCENARIOS[scenario]();
  // A stream's second half is read behind our back, after ours has ended.
  await new Promise((resolve) => setImmediate(resolve));
  await logs.forceFlush();
  await traces.forceFlush();
  await logs.shutdown();
  await traces.shutdown();
}

void main();
