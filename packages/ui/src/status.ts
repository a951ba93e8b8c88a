/** The six statuses and five verdicts: order, words and shapes, the same on every screen. */

export type Status = "evidenced" | "failing" | "stale" | "insufficient" | "excepted" | "not_applicable";
export type Verdict = "pass" | "fail" | "stale" | "insufficient" | "not_applicable";

/** Worst first: the order in which statuses ask for attention. */
export const STATUS_ORDER: readonly Status[] = [
  "failing",
  "insufficient",
  "stale",
  "excepted",
  "evidenced",
  "not_applicable",
];

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  evidenced: "Evidenced",
  failing: "Failing",
  stale: "Stale",
  insufficient: "Insufficient",
  excepted: "Excepted",
  not_applicable: "Not applicable",
};

/** What a status means, for a person who meets it for the first time. */
export const STATUS_MEANINGS: Readonly<Record<Status, string>> = {
  evidenced: "Every required test passes on evidence that is young enough.",
  failing: "At least one required test found something wrong.",
  stale: "It passed, but the evidence has grown too old.",
  insufficient: "There is not enough evidence to say.",
  excepted: "It fails, and an approved exception covers it for now.",
  not_applicable: "The statement of applicability leaves this control out, with a reason.",
};

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  pass: "Passes",
  fail: "Fails",
  stale: "Stale",
  insufficient: "Insufficient",
  not_applicable: "Not applicable",
};

const VERDICT_STATUS: Readonly<Record<Verdict, Status>> = {
  pass: "evidenced",
  fail: "failing",
  stale: "stale",
  insufficient: "insufficient",
  not_applicable: "not_applicable",
};

/** The status whose shape and colour a verdict shares. */
export function statusOfVerdict(verdict: Verdict): Status {
  return VERDICT_STATUS[verdict];
}

/** Sorts the worst first. */
export function byUrgency(a: Status, b: Status): number {
  return STATUS_ORDER.indexOf(a) - STATUS_ORDER.indexOf(b);
}

export function isStatus(value: unknown): value is Status {
  return typeof value === "string" && Object.hasOwn(STATUS_WORDS, value);
}

/** How many of each status, every status named, worst first. */
export function countStatuses(statuses: Iterable<Status>): { status: Status; count: number }[] {
  const counts = new Map<Status, number>(STATUS_ORDER.map((status) => [status, 0]));
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => ({ status, count }));
}
