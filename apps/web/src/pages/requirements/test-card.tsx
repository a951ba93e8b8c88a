import type { TestResultView } from "@steward/client";
import {
  EvidenceTrail,
  KeyValue,
  Link,
  Panel,
  type Status,
  statusOfVerdict,
  Time,
  type TrailStep,
  VERDICT_WORDS,
  VerdictBadge,
} from "@steward/ui";

import { stepHref } from "../../data/links.ts";
import { ExceptionList } from "./exception-list.tsx";
import { evidenceSteps } from "./evidence-steps.ts";
import type { RequirementDetail } from "./requirement-page.tsx";
import styles from "./requirement.module.css";
import { parameterText, populationText, whatWouldChange } from "./requirement-words.ts";

interface TestCardProps {
  test: TestResultView;
  requirement: RequirementDetail["requirement"];
  status: Status;
}

/** One test: what it asks, its verdict and why, over which items, on which evidence, and what would change it. */
export function TestCard({ test, requirement, status }: TestCardProps) {
  return (
    <Panel>
      <article aria-label={`Test ${test.testId}`}>
        <div className={styles.testHead}>
          <h3 className={styles.testTitle}>
            {test.passesWhen} <span className={styles.testId}>{test.testId}</span>
          </h3>
          <VerdictBadge verdict={test.verdict} />
        </div>
        <p className={styles.reason}>{test.reason}</p>
        <div className={styles.facts}>
          <KeyValue items={factsOf(test)} dense />
        </div>
        <WouldChange test={test} />
        {test.exceptions.length > 0 ? (
          <>
            <h4 className={styles.subhead}>Exceptions</h4>
            <ExceptionList exceptions={test.exceptions} total={test.exceptionsTotal} />
          </>
        ) : null}
        {test.evidence.length > 0 ? (
          <>
            <h4 className={styles.subhead}>Evidence trail</h4>
            <EvidenceTrail label={`Evidence trail of ${test.testId}`} steps={trailOf(test, requirement, status)} />
          </>
        ) : null}
      </article>
    </Panel>
  );
}

function factsOf(test: TestResultView) {
  return [
    ...(test.population === null ? [] : [{ label: "Population", value: populationText(test.population) }]),
    {
      label: "Window",
      value: test.window ? (
        <>
          <Time at={test.window.from} absolute /> to <Time at={test.window.to} absolute />
        </>
      ) : (
        "as of the moment shown"
      ),
    },
    ...(test.parameters.length > 0
      ? [
          {
            label: "Parameters",
            value: (
              <ul className={styles.parameters}>
                {test.parameters.map((parameter) => (
                  <li key={parameter.name}>{parameterText(parameter)}</li>
                ))}
              </ul>
            ),
          },
        ]
      : []),
    {
      label: "Computed from",
      value: `${test.automation === "auto" ? "live systems, with no record kept by hand" : "records that people keep"}; test version ${test.codeVersion}`,
    },
  ];
}

function WouldChange({ test }: { test: TestResultView }) {
  const changes = whatWouldChange(test);
  if (changes.length === 0) return null;
  const href = test.nextStep ? stepHref(test.nextStep) : undefined;
  return (
    <>
      <h4 className={styles.subhead}>What would change it</h4>
      <ul className={styles.changes}>
        {changes.map((change) =>
          change.kind === "expires" ? (
            <li key="expires">
              Without new evidence it changes <Time at={change.at} /> (<Time at={change.at} absolute />
              ).
            </li>
          ) : (
            <li key={change.text}>
              {href !== undefined && change.text === test.nextStep?.text ? (
                <Link href={href}>{change.text}</Link>
              ) : (
                change.text
              )}
            </li>
          ),
        )}
      </ul>
    </>
  );
}

function trailOf(test: TestResultView, requirement: RequirementDetail["requirement"], status: Status): TrailStep[] {
  return [
    ...evidenceSteps(test.evidence, test.evidenceTotal),
    {
      kind: "test",
      status: statusOfVerdict(test.verdict),
      items: [{ id: test.testId, title: test.testId, note: VERDICT_WORDS[test.verdict].toLowerCase() }],
    },
    {
      kind: "requirement",
      status,
      items: [{ id: requirement.id, title: `${requirement.ref} ${requirement.title}` }],
    },
  ];
}
