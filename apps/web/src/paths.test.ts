import { describe, expect, it } from "vitest";

import { keepSticky, paths, safeReturnPath } from "./paths.ts";

const ORIGIN = "https://steward.example";

describe("the way back after signing in", () => {
  it.each(["/", "/requirements/A.6.2.8?asOf=2026-03-31T09%3A00%3A00Z", "/decisions?flag=late#row"])(
    "leads to %s",
    (next) => {
      expect(safeReturnPath(next, ORIGIN)).toBe(next);
    },
  );

  it.each([
    undefined,
    "",
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/\t/evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/ledger\\..\\..//evil.example",
    "requirements",
    "/sign-in?next=/sign-in",
    "/setup",
    "/link#token=x",
  ])("never leads to %s", (next) => {
    expect(safeReturnPath(next, ORIGIN)).toBe("/");
  });
});

describe("the moment that is looked at", () => {
  const sticky = { asOf: "2026-03-31T09:00:00Z", mode: undefined };

  it("stays in the address from page to page", () => {
    expect(keepSticky("/requirements", sticky)).toBe("/requirements?asOf=2026-03-31T09%3A00%3A00Z");
    expect(keepSticky("/requirements?status=stale#tests", sticky)).toBe(
      "/requirements?status=stale&asOf=2026-03-31T09%3A00%3A00Z#tests",
    );
  });

  it("gives way to a link's own, and adds nothing now or outside", () => {
    expect(keepSticky("/?asOf=2026-01-01T00:00:00Z", sticky)).toBe("/?asOf=2026-01-01T00%3A00%3A00Z");
    expect(keepSticky("/ledger", {})).toBe("/ledger");
    expect(keepSticky("https://example.org/", sticky)).toBe("https://example.org/");
  });
});

it("escapes what stands in a path", () => {
  expect(paths.requirement("A.6.2.8")).toBe("/requirements/A.6.2.8");
  expect(paths.decision("a/b?c")).toBe("/decisions/a%2Fb%3Fc");
  expect(paths.decisions({ flag: "late", systemId: undefined })).toBe("/decisions?flag=late");
});
