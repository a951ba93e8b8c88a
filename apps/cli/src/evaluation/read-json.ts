/** The JSON that promptfoo, DeepEval, garak and Inspect write. */
import {
  ALL,
  asData,
  asInstant,
  asNumber,
  asRows,
  asText,
  type Data,
  mean,
  parseJson,
  passRate,
  type SuiteFigure,
  SuiteFileError,
  type SuiteRun,
} from "./run.ts";

/** `promptfoo eval --output results.json`: one result for each test, prompt and provider. */
export function readPromptfoo(text: string): SuiteRun {
  const file = parseJson(text, "promptfoo's results");
  const summary = asData(file["results"]) ?? file;
  const results = asRows(summary["results"]);
  if (results.length === 0) {
    throw new SuiteFileError("This is not promptfoo's results: it has no list results.results.");
  }
  const providerOf = (result: Data) => asText(result["provider"]) ?? asText(asData(result["provider"])?.["id"]);
  const byProvider = Map.groupBy(results, (result) => providerOf(result) ?? "unnamed provider");
  const rate = (name: string, of: readonly Data[]) =>
    passRate(name, of.filter((result) => result["success"] === true).length, of.length);
  const scores = results.flatMap((result) => asNumber(result["score"]) ?? []);
  const named = results.flatMap((result) =>
    Object.entries(asData(result["namedScores"]) ?? {}).flatMap(([name, value]) => {
      const score = asNumber(value);
      return score === undefined ? [] : [{ name, score }];
    }),
  );
  return {
    tool: { name: "promptfoo", version: asText(asData(file["metadata"])?.["promptfooVersion"]) },
    startedAt: asInstant(summary["timestamp"] ?? file["timestamp"]),
    results: [
      rate(ALL, results),
      score(ALL, scores),
      ...(byProvider.size > 1 ? [...byProvider].map(([name, of]) => rate(name, of)) : []),
      ...[...Map.groupBy(named, ({ name }) => name)].map(([name, of]) =>
        score(
          name,
          of.map((one) => one.score),
        ),
      ),
    ],
  };
}

function score(name: string, scores: readonly number[]): SuiteFigure {
  return { name, metric: "score", value: mean(scores), n: scores.length };
}

/** DeepEval's test run (`.deepeval/.latest_test_run.json`, or a file of its results folder). */
export function readDeepEval(text: string): SuiteRun {
  const file = parseJson(text, "DeepEval's test run");
  const run = asData(file["testRunData"]) ?? file;
  const cases = [...asRows(run["testCases"]), ...asRows(run["conversationalTestCases"])];
  const metrics = asRows(run["metricsScores"]);
  if (cases.length === 0 && metrics.length === 0) {
    throw new SuiteFileError("This is not DeepEval's test run: it has neither testCases nor metricsScores.");
  }
  // A case without a verdict did not finish; it is no case that passed.
  const passed = cases.filter((one) => one["success"] === true).length;
  return {
    tool: { name: "deepeval", version: null },
    startedAt: null,
    results: [...(cases.length > 0 ? [passRate(ALL, passed, cases.length)] : []), ...metrics.flatMap(metricFigures)],
  };
}

function metricFigures(metric: Data): SuiteFigure[] {
  const name = asText(metric["metric"]);
  if (name === null) return [];
  const scores = Array.isArray(metric["scores"]) ? metric["scores"].flatMap((one) => asNumber(one) ?? []) : [];
  const counted = (key: string) => asNumber(metric[key]) ?? 0;
  const passes = counted("passes");
  return [score(name, scores), passRate(name, passes, passes + counted("fails") + counted("errors"))];
}

/** garak's report (`garak.….report.jsonl`): an `eval` row for each probe and detector. */
export function readGarak(text: string): SuiteRun {
  const rows = text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [parseRow(line, i + 1)]));
  const evals = rows.filter((row) => row["entry_type"] === "eval");
  if (evals.length === 0) throw new SuiteFileError("This is not garak's report: it has no row of the type eval.");
  const setup = rows.find((row) => row["entry_type"] === "start_run setup");
  const init = rows.find((row) => row["entry_type"] === "init");
  const figures = evals.map(garakFigure);
  const passed = figures.reduce((sum, one) => sum + one.passed, 0);
  const n = figures.reduce((sum, { figure }) => sum + (figure.n ?? 0), 0);
  return {
    tool: { name: "garak", version: asText(init?.["garak_version"]) ?? asText(setup?.["_config.version"]) },
    startedAt: asInstant(init?.["start_time"]) ?? asInstant(setup?.["transient.starttime_iso"]),
    results: [passRate(ALL, passed, n), ...figures.map(({ figure }) => figure)],
  };
}

function parseRow(line: string, number: number): Data {
  try {
    return asData(JSON.parse(line)) ?? {};
  } catch (cause) {
    throw new SuiteFileError(`Line ${number} is no JSON, so this is not garak's report.`, { cause });
  }
}

/** Newer reports say what was evaluated apart from what was left out; older ones have one total. */
function garakFigure(row: Data): { figure: SuiteFigure; passed: number } {
  const passed = asNumber(row["passed"]) ?? 0;
  const n = asNumber(row["total_evaluated"]) ?? asNumber(row["total"]) ?? 0;
  const name = `${asText(row["probe"]) ?? "unnamed probe"} / ${asText(row["detector"]) ?? "unnamed detector"}`;
  // garak bounds the rate of attacks that succeeded; what is judged here is the share that was withstood.
  const [lower, upper] = [asNumber(row["confidence_lower"]), asNumber(row["confidence_upper"])];
  const bounds = lower === undefined || upper === undefined ? {} : { low: 1 - upper, high: 1 - lower };
  return { passed, figure: { ...passRate(name, passed, n), ...bounds } };
}

/** Standard errors to either side of a metric at 95 % confidence. */
const Z95 = 1.959963984540054;

/** Inspect's log as JSON (`inspect log dump`, or --log-format json): metrics of each scorer. */
export function readInspect(text: string): SuiteRun {
  const log = parseJson(text, "Inspect's log");
  const spec = asData(log["eval"]);
  const results = asData(log["results"]);
  if (spec === undefined) throw new SuiteFileError("This is not Inspect's log: it has no eval.");
  if (log["status"] !== "success" || results === undefined) {
    throw new SuiteFileError(`The evaluation did not finish (status ${asText(log["status"]) ?? "unknown"}).`);
  }
  const n = asNumber(results["completed_samples"]) ?? asNumber(results["total_samples"]);
  const task = asText(spec["task"]) ?? "unnamed task";
  const figures = asRows(results["scores"]).flatMap((one) => inspectFigures(one, task, n));
  if (figures.length === 0) throw new SuiteFileError("Inspect's log has no score with a metric.");
  return {
    tool: { name: "inspect", version: asText(asData(spec["packages"])?.["inspect_ai"]) },
    startedAt: asInstant(asData(log["stats"])?.["started_at"]) ?? asInstant(spec["created"]),
    results: figures,
  };
}

function inspectFigures(scorer: Data, task: string, n: number | undefined): SuiteFigure[] {
  const name = `${task} / ${asText(scorer["name"]) ?? asText(scorer["scorer"]) ?? "score"}`;
  const metrics = Object.entries(asData(scorer["metrics"]) ?? {}).map(([key, metric]) => ({
    metric: asText(asData(metric)?.["name"]) ?? key,
    value: asNumber(asData(metric)?.["value"]),
  }));
  const error = metrics.find(({ metric }) => metric === "stderr")?.value;
  return metrics.flatMap(({ metric, value }): SuiteFigure[] => {
    if (metric === "stderr") return [];
    const counted = n === undefined ? {} : { n };
    // The standard error is that of the mean, which Inspect calls accuracy or mean. One of 0 says that all cases were
    // alike, not that others would be: then the number of cases has to speak.
    const isMean = metric === "accuracy" || metric === "mean";
    const bounds =
      isMean && value !== undefined && error !== undefined && error > 0
        ? { low: value - Z95 * error, high: value + Z95 * error }
        : {};
    return [{ name, metric, value: value ?? null, ...counted, ...bounds }];
  });
}
