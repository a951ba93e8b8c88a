/** Evidence as the first steps of a trail: the records, then the ledger entries that prove them. */
import type { EvidenceView } from "@steward/client";
import type { TrailItem, TrailStep } from "@steward/ui";

import { kindWords, recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";

/** A trail is read at a glance: more evidence than this is one click away, in the ledger. */
const SHOWN = 4;

export function evidenceSteps(evidence: readonly EvidenceView[], total: number): TrailStep[] {
  const shown = evidence.slice(0, SHOWN);
  const entries = shown.flatMap(({ ledgerIndex }) => (ledgerIndex === null ? [] : [ledgerIndex]));
  const ledger: TrailStep = {
    kind: "ledger",
    inline: true,
    items: [...new Set(entries)].map((index) => ({
      id: String(index),
      title: `Entry ${index.toLocaleString("en")}`,
      href: paths.ledgerEntry(index),
    })),
  };
  const records: TrailStep = { kind: "record", items: shown.map(recordItem), total };
  return ledger.items.length === 0 ? [records] : [records, ledger];
}

function recordItem({ kind, id, version, title, at }: EvidenceView): TrailItem {
  const name = title ?? id;
  const words = kindWords(kind);
  return {
    id: `${kind}:${id}:${version ?? ""}`,
    title: name,
    href: recordHref(kind, id),
    at,
    note: version === null ? words : `${words}, version ${version}`,
  };
}
