/** Which entries of the ledger are events, and what is told of each: ids and figures, no free text of people. */
import type { WebhookEvent } from "@steward/contract";

type Body = Readonly<Record<string, unknown>>;

interface EventRule {
  readonly event: WebhookEvent;
  readonly kind: string;
  readonly happened: (body: Body) => boolean;
  /** Members of the body that are told. */
  readonly tells: readonly string[];
}

const ALERT = [
  "systemId",
  "monitorId",
  "monitorKind",
  "severity",
  "summary",
  "value",
  "threshold",
  "openedAt",
  "state",
];

const TASK = ["taskKind", "title", "sourceKind", "sourceId", "systemId", "dueAt", "assigneeId"];
const always = () => true;

const RULES: readonly EventRule[] = [
  { event: "alert.opened", kind: "alert.created", happened: () => true, tells: ALERT },
  {
    event: "alert.closed",
    kind: "alert.changed",
    happened: ({ state }) => state === "closed",
    tells: [...ALERT, "action", "closeReason"],
  },
  {
    event: "status.changed",
    kind: "status.changed",
    happened: () => true,
    tells: ["requirementId", "from", "to", "because", "validUntil", "evaluatedAt"],
  },
  {
    event: "evaluation.failed",
    kind: "evaluation.recorded",
    happened: ({ verdict }) => verdict === "fail",
    tells: ["systemId", "releaseId", "releaseDigest", "kind", "suite", "cases", "verdict"],
  },
  { event: "task.opened", kind: "task.opened", happened: always, tells: TASK },
  { event: "task.assigned", kind: "task.assigned", happened: always, tells: [...TASK, "from"] },
  { event: "task.escalated", kind: "task.escalated", happened: always, tells: [...TASK, "escalatedTo"] },
  { event: "task.closed", kind: "task.closed", happened: always, tells: TASK },
];

export interface LedgerEvent {
  readonly event: WebhookEvent;
  readonly data: Body;
}

/** Kinds of entries by which the chosen events are found. */
export function kindsOf(events: readonly string[]): string[] {
  return RULES.filter(({ event }) => events.includes(event)).map(({ kind }) => kind);
}

/** The event that an entry is, where it is one that was chosen. */
export function eventOf(events: readonly string[], kind: string, body: Body): LedgerEvent | undefined {
  const rule = RULES.find((one) => one.kind === kind && events.includes(one.event) && one.happened(body));
  if (!rule) return undefined;
  return { event: rule.event, data: Object.fromEntries(rule.tells.map((name) => [name, body[name] ?? null])) };
}
