import type { Decision } from "@steward/client";
import { Hash, KeyValue, type KeyValueItem, Link, Panel, Section, Time } from "@steward/ui";

import { paths } from "../../paths.ts";
import styles from "./decisions.module.css";

type Call = NonNullable<Decision["ai"]>;
type Run = NonNullable<Decision["run"]>;
type Step = Run["children"][number];
type Manifest = NonNullable<Call["manifest"]>;

/** The model, tool or agent that was called, the run around it, and out of what its context was made. */
export function DecisionCall({ decision }: { decision: Decision }) {
  const { ai, run, evaluations } = decision;
  if (ai === null) return null;
  return (
    <>
      <Section title="Which model or agent">
        <Panel>
          <KeyValue items={callItems(ai)} />
          {evaluations.length > 0 ? <KeyValue items={evaluations.map(evaluationItem)} /> : null}
        </Panel>
      </Section>
      {run !== null && (run.parent !== null || run.children.length > 0) ? <RunSection run={run} /> : null}
      {ai.manifest ? <ContextSection manifest={ai.manifest} missing={run?.missing ?? []} /> : null}
    </>
  );
}

function callItems(ai: Call): KeyValueItem[] {
  const { agent } = ai;
  const tokens = [ai.inputTokens, ai.outputTokens];
  return [
    { label: "Operation", value: ai.operation?.replaceAll("_", " ") ?? null },
    { label: "Provider", value: ai.provider ?? null },
    { label: "Model asked for", value: ai.requestModel ?? null },
    { label: "Model that answered", value: ai.responseModel ?? null },
    {
      label: "Tokens in, out",
      value: tokens.every((count) => count === null || count === undefined)
        ? null
        : tokens.map((count) => count?.toLocaleString("en") ?? "not told").join(", "),
    },
    { label: "Ended", value: ai.finishReasons?.join(", ").replaceAll("_", " ") ?? null },
    { label: "Error", value: ai.error ?? null },
    { label: "Agent", value: agent ? [agent.name ?? agent.id, agent.version].filter(Boolean).join(" ") : null },
    { label: "Conversation", value: ai.conversationId ?? null },
    { label: "Run", value: ai.runId ?? null },
  ];
}

function evaluationItem({ name, score, label }: Decision["evaluations"][number]): KeyValueItem {
  return { label: `Evaluation: ${name}`, value: [label, score].filter((part) => part !== null).join(", ") || null };
}

function RunSection({ run }: { run: Run }) {
  return (
    <Section title="Run" note="What this is part of, and the calls, tools and sub-agents that are part of it.">
      <Panel>
        {run.parent === null ? null : (
          <p className={styles.summary}>
            Part of <StepLink step={run.parent} />
          </p>
        )}
        {run.children.length === 0 ? null : (
          <ol className={styles.outcomes}>
            {run.children.map((step) => (
              <li key={step.id} className={styles.flagItem}>
                <StepLink step={step} />
                <span>{step.outcome.replaceAll("_", " ")}</span>
                <Time at={step.occurredAt} />
              </li>
            ))}
          </ol>
        )}
        {run.truncated ? <p className={styles.muted}>There are more parts than are shown here.</p> : null}
      </Panel>
    </Section>
  );
}

function StepLink({ step }: { step: Step }) {
  const words = [step.operation?.replaceAll("_", " "), step.name].filter(Boolean).join(" ");
  return <Link href={paths.decision(step.id)}>{words || step.runId}</Link>;
}

function ContextSection({ manifest, missing }: { manifest: Manifest; missing: readonly string[] }) {
  const { items, toolsCalled } = manifest;
  return (
    <Section title="Context" note="What was put before the model, as digests and references. Labels are declarations.">
      <Panel>
        {missing.length > 0 ? (
          <p className={styles.summary}>The manifest of this run lacks {missing.join(", ")}.</p>
        ) : null}
        <KeyValue items={manifestItems(manifest)} />
        {items && items.length > 0 ? <ContextItems items={items} /> : null}
        {toolsCalled && toolsCalled.length > 0 ? <ToolCalls calls={toolsCalled} /> : null}
      </Panel>
    </Section>
  );
}

function manifestItems({ d2Commit, permissionScope, humanActs, outputHash, items }: Manifest): KeyValueItem[] {
  return [
    { label: "Configuration", value: d2Commit ?? null, help: "Commit of prompts, policies and tool descriptions" },
    { label: "May do", value: permissionScope?.join(", ") ?? null },
    { label: "People did", value: humanActs ? humanActs.join(", ") || "nothing" : null },
    { label: "Output", value: outputHash ? <Hash value={outputHash} what="digest of the output" /> : null },
    { label: "Context items", value: items ? items.length : null },
  ];
}

function ContextItems({ items }: { items: NonNullable<Manifest["items"]> }) {
  return (
    <table className={styles.reasons}>
      <caption className={styles.muted}>Context items</caption>
      <thead>
        <tr>
          <th scope="col">Source</th>
          <th scope="col">Trust</th>
          <th scope="col">Used in</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item, i) => (
          // oxlint-disable-next-line react/no-array-index-key -- items have no id of their own and never move
          <tr key={i}>
            <td>
              {[item.kind, item.sourceId, item.uriOrKey].filter(Boolean).join(" · ") || "not told"}
              {item.contentHash ? (
                <>
                  {" "}
                  <Hash value={item.contentHash} what="digest of the content" />
                </>
              ) : null}
            </td>
            <td className={styles.word}>{item.trustLabel ?? "not told"}</td>
            <td className={styles.word}>{item.usedIn ? item.usedIn.join(", ") || "nothing" : "not told"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ToolCalls({ calls }: { calls: NonNullable<Manifest["toolsCalled"]> }) {
  return (
    <table className={styles.reasons}>
      <caption className={styles.muted}>Tools called</caption>
      <thead>
        <tr>
          <th scope="col">Tool</th>
          <th scope="col">Scope</th>
          <th scope="col">Arguments from</th>
        </tr>
      </thead>
      <tbody>
        {calls.map(({ name, scope, argumentHash, taint }, i) => (
          // oxlint-disable-next-line react/no-array-index-key -- calls have no id of their own and never move
          <tr key={i}>
            <td>
              {name} {argumentHash ? <Hash value={argumentHash} what="digest of the arguments" /> : null}
            </td>
            <td className={styles.word}>{scope ?? "not told"}</td>
            <td className={styles.word}>{taint ?? "not told"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
