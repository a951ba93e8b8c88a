import type { Evaluation } from "@steward/client";
import { Hash, type KeyValueItem, Link, Time, type TrailStep } from "@steward/ui";

import { recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";

/** What was evaluated, on what, by which rules. */
export function evaluationItems(evaluation: Evaluation): KeyValueItem[] {
  const { systemId, systemName, releaseId, releaseVersion, releaseDigest, dataset, tool, policy } = evaluation;
  return [
    { label: "System", value: <Link href={recordHref("system", systemId) ?? "#"}>{systemName}</Link> },
    { label: "Release", value: <Link href={recordHref("release", releaseId) ?? "#"}>{releaseVersion}</Link> },
    { label: "Digest", value: <Hash value={releaseDigest} /> },
    {
      label: "Data set",
      value: dataset.version === null ? dataset.name : `${dataset.name}, version ${dataset.version}`,
    },
    { label: "Tool", value: tool.version === null ? tool.name : `${tool.name} ${tool.version}` },
    { label: "Policy", value: policy === null ? null : `${policy.name}, version ${policy.version}` },
    {
      label: "Committed",
      value: policy === null ? null : <Time at={policy.committedAt} />,
      help: "When the policy with its thresholds entered the ledger",
    },
    {
      label: "Run began",
      value: evaluation.startedAt === null ? "not said" : <Time at={evaluation.startedAt} />,
    },
  ];
}

/** From whoever published it, through the ledger, to the controls that ask for it. */
export function evaluationTrail(evaluation: Evaluation): TrailStep[] {
  const { actor, policy, ledgerIndex } = evaluation;
  return [
    { kind: "source", items: [{ id: actor.id, title: actor.name ?? actor.id, note: evaluation.tool.name }] },
    {
      kind: "record",
      items: [
        ...(policy === null
          ? []
          : [{ id: policy.id, title: `Policy ${policy.name}`, at: policy.committedAt, hash: policy.digest }]),
        { id: evaluation.id, title: "This evaluation", at: evaluation.recordedAt },
      ],
    },
    {
      kind: "ledger",
      items: [
        {
          id: String(ledgerIndex),
          title: `Entry ${ledgerIndex.toLocaleString("en")}`,
          href: paths.ledgerEntry(ledgerIndex),
        },
      ],
    },
    {
      kind: "requirement",
      items: [{ id: "A.6.2.4", title: "A.6.2.4 Verification and validation", href: paths.requirement("A.6.2.4") }],
    },
  ];
}
