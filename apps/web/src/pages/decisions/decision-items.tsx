import type { Decision } from "@steward/client";
import { Hash, type KeyValueItem, Link, Time } from "@steward/ui";

import { recordHref } from "../../data/links.ts";
import styles from "./decisions.module.css";

const OVERSIGHT: Readonly<Record<string, string>> = {
  none: "no person had to look at it",
  review_before_effect: "a person had to look at it before it took effect",
  review_after_effect: "a person had to look at it afterwards",
};

/** What was decided, when, and from what. */
export function whatItems(decision: Decision): KeyValueItem[] {
  return [
    { label: "Outcome", value: decision.outcome },
    { label: "Score", value: decision.score },
    { label: "When", value: <Time at={decision.occurredAt} absolute /> },
    { label: "Recorded", value: <Time at={decision.recordedAt} absolute /> },
    { label: "Oversight", value: OVERSIGHT[decision.oversight] ?? decision.oversight },
    {
      label: "Input",
      value: decision.inputDigest === null ? null : <Hash value={decision.inputDigest} whole what="input digest" />,
      help: "Digest of what the decision was made from; the input itself stays with the sender",
    },
    { label: "Kept by the sender at", value: decision.inputReference },
    ...contentItems(decision),
    {
      label: "Person concerned",
      value: decision.subjectHash === null ? null : <Hash value={decision.subjectHash} what="keyed hash" />,
      help: "A keyed hash of the sender’s pseudonym",
    },
    { label: "Prompt or policy", value: decision.promptVersion },
    { label: "Tools called", value: decision.toolsCalled?.join(", ") ?? null },
  ];
}

/** What went in and came out, where the sender chose to keep it here; most send digests only. */
function contentItems({ content, outputDigest }: Decision): KeyValueItem[] {
  const texts = [
    { label: "What went in", text: content?.input ?? null },
    { label: "What came out", text: content?.output ?? null },
  ].filter(({ text }) => text !== null);
  return [
    ...(outputDigest === null
      ? []
      : [{ label: "Output", value: <Hash value={outputDigest} whole what="output digest" /> }]),
    ...texts.map(({ label, text }) => ({ label, value: <div className={styles.content}>{text}</div> })),
  ];
}

/** Which release decided, of what it is made, and where it ran at that time. */
export function releaseItems({ release, deployment, releaseVersion }: Decision): KeyValueItem[] {
  if (release === null) {
    return [{ label: "Release", value: `“${releaseVersion}”; no release of the system is called so` }];
  }
  const href = recordHref("release", release.id);
  return [
    { label: "Release", value: href ? <Link href={href}>{release.version}</Link> : release.version },
    { label: "Digest", value: <Hash value={release.digest} whole what="digest of the release" /> },
    { label: "Components", value: release.components.length === 0 ? null : release.components.join(", ") },
    { label: "Deployed then", value: <Deployment deployment={deployment} /> },
  ];
}

function Deployment({ deployment }: Pick<Decision, "deployment">) {
  if (deployment === null) return "it was not deployed to production at that time";
  const { environment, startedAt, endedAt } = deployment;
  return (
    <>
      {environment}, from <Time at={startedAt} absolute />
      {endedAt === null ? (
        ", still running"
      ) : (
        <>
          {" "}
          to <Time at={endedAt} absolute />
        </>
      )}
    </>
  );
}
