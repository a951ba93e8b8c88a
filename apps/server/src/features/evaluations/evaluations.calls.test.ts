/** Results that evaluators report with calls become evaluations of the release that answered. */
import { formatInstant, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { runDueCallEvaluations } from "./evaluations.calls.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const DIGEST = `sha256:${"c".repeat(64)}`;

let app: TestApp;
let cookie: string;
let key: string;
let systemId: string;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie } = await app.setUp());
  key = await app.makeKey(cookie, ["decisions:write", "evaluations:write"]);
  systemId = (await record("/systems", { name: "Support desk", purpose: "Answers questions." })).id;
  await record("/releases", {
    systemId,
    version: "1.0.0",
    digest: DIGEST,
    changeClass: "major",
    modelKind: "vendor_api",
    releasedAt: formatInstant(app.clock.now()),
  });
  const policy = {
    schema: "steward/evaluation-policy/v1",
    name: "answers",
    version: 1,
    kind: "accuracy",
    rules: [
      { name: "Relevance", metric: "relevant rate", atLeast: 0.8 },
      { name: "Relevance", metric: "score", atLeast: 0.5 },
    ],
    minimumCases: 5,
    continuous: { everyHours: 24 },
  };
  const committed = await app.send("POST", "/evaluation-policies", { system: systemId, policy }, { key });
  expect(committed.status, JSON.stringify(committed.body)).toBe(201);
  expect(committed.body.policy.continuous).toBe(true);
  app.clock.advance(MICROS_PER_MINUTE);
});
afterAll(() => app?.close());

async function record(url: string, values: object) {
  const made = await app.send("POST", url, { values, changeReason: "Test" }, { cookie });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
}

type Value = string | number | boolean;
const attributes = (values: Record<string, Value>) =>
  Object.entries(values).map(([name, value]) => ({
    key: name,
    value:
      typeof value === "number"
        ? { doubleValue: value }
        : typeof value === "boolean"
          ? { boolValue: value }
          : { stringValue: value },
  }));
const resource = { attributes: attributes({ "service.name": "support-desk", "service.version": "1.0.0" }) };

async function post(url: string, payload: object): Promise<void> {
  const response = await app.http.inject({
    method: "POST",
    url,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    payload: JSON.stringify(payload),
  });
  expect(response.json()).toEqual({});
}

let calls = 0;

/** A call of a model, and what an evaluator said of its answer. */
async function call(label: string, score: number, sandbox = false): Promise<void> {
  const spanId = (++calls).toString(16).padStart(16, "0");
  const described = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    ...(sandbox ? { "steward.sandbox": true } : {}),
  };
  const span = { traceId: TRACE, spanId, name: "chat gpt-4o", endTimeUnixNano: `${app.clock.now()}000` };
  const scopeSpans = [{ scope: { name: "test" }, spans: [{ ...span, attributes: attributes(described) }] }];
  await post("/v1/traces", { resourceSpans: [{ resource, scopeSpans }] });
  const said = {
    "gen_ai.evaluation.name": "Relevance",
    "gen_ai.evaluation.score.label": label,
    "gen_ai.evaluation.score.value": score,
  };
  const event = { traceId: TRACE, spanId, eventName: "gen_ai.evaluation.result", attributes: attributes(said) };
  await post("/v1/logs", { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [event] }] }] });
}

const evaluations = async (query = "") =>
  (await app.send("GET", `/evaluations?systemId=${systemId}${query}`, undefined, { cookie })).body.items;

it("judges what was reported under the policy, test calls and live calls apart", async () => {
  for (let n = 0; n < 6; n++) await call(n < 5 ? "relevant" : "irrelevant", 0.9, true);
  for (let n = 0; n < 6; n++) await call(n < 3 ? "relevant" : "irrelevant", 0.6);
  expect(await runDueCallEvaluations(app), "spans may still be on their way").toBe(0);
  app.clock.advance(6n * MICROS_PER_MINUTE);
  expect(await runDueCallEvaluations(app)).toBe(2);
  const [tested] = await evaluations("&basis=test_data");
  expect(tested).toMatchObject({
    kind: "accuracy",
    suite: "answers",
    releaseDigest: DIGEST,
    dataset: { name: "test calls" },
    cases: 6,
    verdict: "pass",
    thresholdsFirst: true,
  });
  const [live] = await evaluations("&basis=live_decisions");
  expect(live).toMatchObject({ verdict: "fail", dataset: { name: "live calls" }, action: { state: "withheld" } });
  const { body } = await app.send("GET", `/evaluations/${live.id}`, undefined, { cookie });
  expect(body.results).toMatchObject([
    { name: "Relevance", metric: "score", value: 0.6, n: 6, verdict: "pass" },
    { name: "Relevance", metric: "irrelevant rate", value: 0.5, verdict: null },
    { name: "Relevance", metric: "relevant rate", value: 0.5, n: 6, verdict: "fail" },
  ]);
});

it("looks again only when the time has come and something new was reported", async () => {
  await call("relevant", 1);
  app.clock.advance(MICROS_PER_HOUR);
  expect(await runDueCallEvaluations(app), "a day has not passed").toBe(0);
  app.clock.advance(24n * MICROS_PER_HOUR);
  expect(await runDueCallEvaluations(app)).toBe(1);
  const session = { email: "founder@example.org", password: "a sentence is a good password" };
  cookie = (await app.send("POST", "/session", session)).cookie as string;
  const [newest] = await evaluations();
  expect(newest).toMatchObject({ cases: 1, verdict: "insufficient" });
  app.clock.advance(48n * MICROS_PER_HOUR);
  expect(await runDueCallEvaluations(app), "nothing new").toBe(0);
});
