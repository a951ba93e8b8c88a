import type { Decision } from "@steward/client";
import type { TrailStep } from "@steward/ui";

import { paths } from "../../paths.ts";

const SENDERS: Readonly<Record<string, string>> = { key: "API key", person: "person", system: "Steward" };

/** From the sender, through the decision and its ledger entry, to the control that asks for the log. */
export function decisionTrail(decision: Decision): TrailStep[] {
  const { sender, ledgerIndex } = decision;
  return [
    {
      kind: "source",
      items: [{ id: sender.id, title: sender.name ?? sender.id, note: SENDERS[sender.kind] ?? sender.kind }],
    },
    {
      kind: "record",
      items: [{ id: decision.id, title: `Decision ${decision.externalId}`, at: decision.recordedAt }],
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
      items: [{ id: "A.6.2.8", title: "A.6.2.8 Recording of event logs", href: paths.requirement("A.6.2.8") }],
    },
  ];
}
