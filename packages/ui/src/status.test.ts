import { expect, it } from "vitest";

import {
  byUrgency,
  countStatuses,
  isStatus,
  type Status,
  STATUS_ORDER,
  STATUS_WORDS,
  statusOfVerdict,
} from "./status.ts";

it("puts what asks for attention first", () => {
  const mixed: Status[] = ["evidenced", "stale", "not_applicable", "failing", "excepted", "insufficient"];
  expect(mixed.toSorted(byUrgency)).toEqual([...STATUS_ORDER]);
  expect(STATUS_ORDER[0]).toBe("failing");
});

it("counts every status, also those that nothing has", () => {
  expect(countStatuses(["stale", "failing", "stale"])).toEqual([
    { status: "failing", count: 1 },
    { status: "insufficient", count: 0 },
    { status: "stale", count: 2 },
    { status: "excepted", count: 0 },
    { status: "evidenced", count: 0 },
    { status: "not_applicable", count: 0 },
  ]);
});

it("shows a passing test as evidence, never as conformity", () => {
  expect(STATUS_WORDS[statusOfVerdict("pass")]).toBe("Evidenced");
  expect(statusOfVerdict("fail")).toBe("failing");
});

it("tells statuses from other words of an address", () => {
  expect(isStatus("stale")).toBe(true);
  expect(isStatus("toString")).toBe(false);
  expect(isStatus(undefined)).toBe(false);
});
